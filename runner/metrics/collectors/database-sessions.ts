import { defineCollector, WATCHED_DATABASES } from '../collector.ts'
import { counter } from '../exposition/metric.ts'

const LABELS = ['datname'] as const

const metrics = {
  pg_stat_database_sessions_total: counter('Sessions begun.', LABELS),
  pg_stat_database_sessions_abandoned_total: counter('Sessions whose client was lost.', LABELS),
  pg_stat_database_sessions_fatal_total: counter('Sessions ended by a fatal error.', LABELS),
  pg_stat_database_sessions_killed_total: counter('Sessions ended by an operator.', LABELS),
  pg_stat_database_session_time_seconds_total: counter('Time sessions were connected.', LABELS),
  pg_stat_database_active_time_seconds_total: counter('Time sessions ran statements.', LABELS),
  pg_stat_database_idle_in_transaction_time_seconds_total: counter(
    'Time sessions were idle inside a transaction.',
    LABELS,
  ),
  pg_stat_database_checksum_failures_total: counter(
    'Pages whose checksum was wrong; absent while checksums are off.',
    LABELS,
  ),
  pg_stat_database_parallel_workers_to_launch_total: counter(
    'Parallel workers that were planned (from 18 on).',
    LABELS,
  ),
  pg_stat_database_parallel_workers_launched_total: counter(
    'Parallel workers that were launched (from 18 on).',
    LABELS,
  ),
} as const

type Name = keyof typeof metrics
const NAMES = Object.keys(metrics) as Name[]

function expressionOf(name: Name): string {
  const column = name.slice('pg_stat_database_'.length, -'_total'.length)
  return column.endsWith('_seconds') ? `${column.slice(0, -'_seconds'.length)} / 1000` : column
}

/** What became of sessions, and what database-statistics has no name of postgres_exporter for. */
export const databaseSessions = defineCollector({
  name: 'database-sessions',
  metrics,
  async collect(connection, { major }, emit) {
    const names = NAMES.filter(name => major >= 18 || !name.includes('parallel_workers'))
    const columns = names.map(name => `(s.${expressionOf(name)})::float8 AS ${name}`)
    const rows = await connection.rows<{ readonly datname: string } & Record<Name, number | null>>(
      `SELECT s.datname, ${columns.join(', ')} FROM pg_catalog.pg_stat_database s
        WHERE s.datid IN (SELECT oid FROM pg_catalog.pg_database WHERE ${WATCHED_DATABASES}) ORDER BY s.datname`,
    )
    for (const row of rows) for (const name of names) emit(name, row[name], { datname: row.datname })
  },
})
