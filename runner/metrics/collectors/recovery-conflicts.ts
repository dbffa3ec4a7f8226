import { defineCollector, WATCHED_DATABASES } from '../collector.ts'
import { counter } from '../exposition/metric.ts'

const LABELS = ['datid', 'datname'] as const

/** Names, types and labels of postgres_exporter. */
const metrics = {
  pg_stat_database_conflicts_confl_tablespace: counter('Cancelled because a tablespace was dropped.', LABELS),
  pg_stat_database_conflicts_confl_lock: counter('Cancelled because replay waited for their lock.', LABELS),
  pg_stat_database_conflicts_confl_snapshot: counter(
    'Cancelled because they could still see rows the primary had removed.',
    LABELS,
  ),
  pg_stat_database_conflicts_confl_bufferpin: counter('Cancelled because they had pinned a buffer.', LABELS),
  pg_stat_database_conflicts_confl_deadlock: counter('Cancelled because of a deadlock with replay.', LABELS),
  pg_stat_database_conflicts_confl_active_logicalslot: counter(
    'Uses of logical slots ended because their WAL or rows were removed (from 16 on).',
    LABELS,
  ),
} as const

type Name = keyof typeof metrics
const NAMES = Object.keys(metrics) as Name[]
const columnOf = (name: Name) => name.slice('pg_stat_database_conflicts_'.length)

type Row = { readonly datid: string; readonly datname: string } & Readonly<Record<Name, number>>

/** Why replay cancelled queries. A primary cancels none, and has none of these series. */
export const recoveryConflicts = defineCollector({
  name: 'recovery-conflicts',
  appliesTo: ({ inRecovery }) => inRecovery,
  metrics,
  async collect(connection, { major }, emit) {
    const names = NAMES.filter(name => major >= 16 || !name.endsWith('_logicalslot'))
    const columns = names.map(name => `${columnOf(name)}::float8 AS ${name}`)
    const rows = await connection.rows<Row>(
      `SELECT datid::text AS datid, datname, ${columns.join(', ')} FROM pg_catalog.pg_stat_database_conflicts
        WHERE datid IN (SELECT oid FROM pg_catalog.pg_database WHERE ${WATCHED_DATABASES}) ORDER BY datname`,
    )
    for (const row of rows)
      for (const name of names) emit(name, row[name], { datid: row.datid, datname: row.datname })
  },
})
