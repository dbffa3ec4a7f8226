import { blockingChains, type Wait } from '../blocking-chains.ts'
import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** Whom a session waits for is asked at the price of the whole lock table each time, so only of those who wait longest. */
const MOST_ASKED = 100

/**
 * Waiting is taken from pg_locks and not from pg_stat_activity, which hides it from a role without pg_monitor. Names of
 * applications are visible to everybody. A worker of a parallel query counts as its leader: that is what blockers are called.
 */
const SQL = `WITH waiting AS MATERIALIZED (
  SELECT l.pid, coalesce(a.leader_pid, l.pid) AS session, l.waitstart, l.locktype
    FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
   WHERE NOT l.granted AND l.pid <> pg_catalog.pg_backend_pid()
), asked AS MATERIALIZED (
  SELECT session, locktype, pg_catalog.pg_blocking_pids(pid) AS blockers
    FROM (SELECT pid, session, locktype FROM waiting ORDER BY waitstart NULLS LAST LIMIT ${MOST_ASKED}) AS longest
)
SELECT (SELECT count(DISTINCT session) FROM waiting)::float8 AS blocked,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('pid', session, 'blockers', blockers, 'locktype', locktype)), '[]') FROM asked) AS waits,
       (SELECT coalesce(jsonb_agg(pid), '[]') FROM pg_catalog.pg_stat_activity
         WHERE application_name LIKE 'howdah/migrate %') AS migrations`

interface Row {
  readonly blocked: number
  readonly waits: readonly (Wait & { readonly locktype: string })[]
  readonly migrations: readonly number[]
}

/** Who waits for whom, in all databases of the server. */
export const blocking = defineCollector({
  name: 'blocking',
  metrics: {
    pg_blocked_sessions: gauge('Sessions that wait for a lock.'),
    pg_blocking_root_sessions: gauge('Sessions others wait for and that wait for nobody.'),
    pg_blocking_chain_depth: gauge(
      `The most sessions waiting in a row behind one; of the ${MOST_ASKED} who wait longest.`,
    ),
    pg_blocking_widest: gauge(
      `The most sessions waiting for one, directly or behind others; of the ${MOST_ASKED} who wait longest.`,
    ),
    pg_blocking_migration: gauge(
      '1 while a migration makes others wait, or waits for them with a lock that others queue behind.',
    ),
  },
  async collect(connection, _facts, emit) {
    const row = await connection.row<Row>(SQL)
    // A wait that ended between the two questions has no blockers.
    const waits = row.waits.filter(({ blockers }) => blockers.length > 0)
    const chains = blockingChains(waits)
    const migrations = new Set(row.migrations)
    // A concurrent index build waits for whole transactions, and nobody queues behind that.
    const held = waits.some(({ pid, blockers, locktype }) =>
      migrations.has(pid)
        ? locktype !== 'virtualxid' && blockers.some(blocker => !migrations.has(blocker))
        : blockers.some(blocker => migrations.has(blocker)),
    )
    emit('pg_blocked_sessions', row.blocked)
    emit('pg_blocking_root_sessions', chains.roots)
    emit('pg_blocking_chain_depth', chains.depth)
    emit('pg_blocking_widest', chains.widest)
    emit('pg_blocking_migration', held ? 1 : 0)
  },
})
