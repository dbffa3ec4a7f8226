import { defineCollector, WATCHED_DATABASES } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** Modes in lower case, as postgres_exporter gives them; each with its zero, so that a series does not come and go. */
const MODES = [
  'accesssharelock',
  'rowsharelock',
  'rowexclusivelock',
  'shareupdateexclusivelock',
  'sharelock',
  'sharerowexclusivelock',
  'exclusivelock',
  'accessexclusivelock',
  'sireadlock',
] as const

/** What a session can wait for; 16 added `applytransaction`. */
const TYPES = [
  'relation',
  'extend',
  'frozenid',
  'page',
  'tuple',
  'transactionid',
  'virtualxid',
  'spectoken',
  'object',
  'userlock',
  'advisory',
  'applytransaction',
] as const

/** The locks are read once: reading them holds all partitions of the lock table for a moment. */
const SQL = `WITH lock AS MATERIALIZED (
  SELECT database, lower(mode) AS mode, locktype, granted, waitstart
    FROM pg_catalog.pg_locks WHERE pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
)
SELECT 'held' AS kind, d.datname AS name, l.mode, count(*)::float8 AS locks, NULL::float8 AS waited
  FROM lock l JOIN pg_catalog.pg_database d ON d.oid = l.database WHERE ${WATCHED_DATABASES} GROUP BY 2, 3
UNION ALL
SELECT 'waiting', locktype, NULL, count(*), coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)
  FROM lock WHERE NOT granted GROUP BY 2
UNION ALL
SELECT 'database', datname, NULL, 0, NULL FROM pg_catalog.pg_database WHERE ${WATCHED_DATABASES}`

interface Row {
  readonly kind: 'held' | 'waiting' | 'database'
  readonly name: string
  readonly mode: string | null
  readonly locks: number
  readonly waited: number | null
}

/** Locks by mode, and who waits for one; our own session left out. Any role may read it. */
export const locks = defineCollector({
  name: 'locks',
  metrics: {
    pg_locks_count: gauge('Locks held or waited for, by database and mode.', ['datname', 'mode']),
    pg_locks_waiting: gauge('Sessions that wait for a lock, by what it is on.', ['locktype']),
    pg_locks_max_wait_seconds: gauge(
      'How long the longest has been waiting for a lock; 0 while nobody waits.',
    ),
  },
  async collect(connection, _facts, emit) {
    const rows = await connection.rows<Row>(SQL)
    const of = (kind: Row['kind']) => rows.filter(row => row.kind === kind)
    const held = new Map(of('held').map(({ name, mode, locks }) => [JSON.stringify([name, mode]), locks]))
    for (const { name: datname } of of('database'))
      for (const mode of MODES)
        emit('pg_locks_count', held.get(JSON.stringify([datname, mode])) ?? 0, { datname, mode })
    const waiting = new Map(of('waiting').map(({ name, locks }) => [name, locks]))
    for (const locktype of new Set([...TYPES, ...waiting.keys()]))
      emit('pg_locks_waiting', waiting.get(locktype) ?? 0, { locktype })
    emit('pg_locks_max_wait_seconds', Math.max(0, ...of('waiting').map(({ waited }) => waited ?? 0)))
  },
})
