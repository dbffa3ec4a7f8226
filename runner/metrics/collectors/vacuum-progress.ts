import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

const LABELS = ['datname', 'schemaname', 'relname', 'phase'] as const

/**
 * Names of tables are known in the database this session is connected to; elsewhere they are empty, and what the workers
 * there do is one sum a phase. Rows whose columns are hidden from this role are left out.
 */
const SQL = (deadTupleBytes: string) => `SELECT p.datname, coalesce(n.nspname, '') AS schemaname,
       coalesce(c.relname, '') AS relname, p.phase, sum(p.heap_blks_total)::float8 AS total,
       sum(p.heap_blks_scanned)::float8 AS scanned, sum(p.heap_blks_vacuumed)::float8 AS vacuumed,
       sum(p.index_vacuum_count)::float8 AS rounds, sum(${deadTupleBytes})::float8 AS bytes
  FROM pg_catalog.pg_stat_progress_vacuum p
  LEFT JOIN pg_catalog.pg_class c ON c.oid = p.relid
        AND p.datid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE p.phase IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`

interface Row {
  readonly datname: string
  readonly schemaname: string
  readonly relname: string
  readonly phase: string
  readonly total: number
  readonly scanned: number
  readonly vacuumed: number
  readonly rounds: number
  readonly bytes: number | null
}

/** Vacuums under way. There is a series only for the phase a vacuum is in. */
export const vacuumProgress = defineCollector({
  name: 'vacuum-progress',
  metrics: {
    pg_stat_progress_vacuum_heap_blks_total: gauge('Blocks of the table when the vacuum began.', LABELS),
    pg_stat_progress_vacuum_heap_blks_scanned: gauge('Blocks of the table scanned so far.', LABELS),
    pg_stat_progress_vacuum_heap_blks_vacuumed: gauge('Blocks of the table vacuumed so far.', LABELS),
    pg_stat_progress_vacuum_index_vacuum_count: gauge('Rounds through all indexes so far.', LABELS),
    pg_stat_progress_vacuum_dead_tuple_bytes: gauge('Memory its dead rows take (from 17 on).', LABELS),
  },
  async collect(connection, { major }, emit) {
    for (const row of await connection.rows<Row>(SQL(major >= 17 ? 'p.dead_tuple_bytes' : 'NULL::bigint'))) {
      const { datname, schemaname, relname, phase } = row
      const labels = { datname, schemaname, relname, phase }
      emit('pg_stat_progress_vacuum_heap_blks_total', row.total, labels)
      emit('pg_stat_progress_vacuum_heap_blks_scanned', row.scanned, labels)
      emit('pg_stat_progress_vacuum_heap_blks_vacuumed', row.vacuumed, labels)
      emit('pg_stat_progress_vacuum_index_vacuum_count', row.rounds, labels)
      emit('pg_stat_progress_vacuum_dead_tuple_bytes', row.bytes, labels)
    }
  },
})
