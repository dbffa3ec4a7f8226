import { defineCollector } from '../collector.ts'
import { gauge } from '../metric.ts'

const LABELS = ['datname', 'relname'] as const
const WITH_PHASE = ['datname', 'relname', 'phase'] as const

/** In the order a vacuum goes through them; steps are the same in every version. */
const PHASES = [
  'initializing',
  'scanning heap',
  'vacuuming indexes',
  'vacuuming heap',
  'cleaning up indexes',
  'truncating heap',
  'performing final cleanup',
] as const

/**
 * As postgres_exporter labels them: the table with its schema, or its number where it belongs to another database. A row whose
 * columns are hidden from this role has no phase and is left out.
 */
const SQL = `SELECT p.datname,
       CASE WHEN p.datname = pg_catalog.current_database() THEN p.relid::regclass::text ELSE p.relid::text END AS relname,
       p.phase, max(p.heap_blks_total)::float8 AS total, max(p.index_vacuum_count)::float8 AS rounds
  FROM pg_catalog.pg_stat_progress_vacuum p WHERE p.phase IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`

interface Row {
  readonly datname: string
  readonly relname: string
  readonly phase: string
  readonly total: number
  readonly rounds: number
}

/** Vacuums under way under the names of postgres_exporter that differ from those of the view. */
export const vacuumPhases = defineCollector({
  name: 'vacuum-phases',
  metrics: {
    pg_stat_progress_vacuum_phase: gauge('1 for the phase the vacuum is in, 0 for the others.', WITH_PHASE),
    pg_stat_progress_vacuum_heap_blks: gauge('Blocks of the table when the vacuum began.', LABELS),
    pg_stat_progress_vacuum_index_vacuums: gauge('Rounds through all indexes so far.', LABELS),
  },
  async collect(connection, _facts, emit) {
    for (const { datname, relname, phase, total, rounds } of await connection.rows<Row>(SQL)) {
      for (const each of PHASES)
        emit('pg_stat_progress_vacuum_phase', each === phase ? 1 : 0, { datname, relname, phase: each })
      emit('pg_stat_progress_vacuum_heap_blks', total, { datname, relname })
      emit('pg_stat_progress_vacuum_index_vacuums', rounds, { datname, relname })
    }
  },
})
