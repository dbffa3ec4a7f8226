import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** Those of vacuum-progress, so that one can be divided by the other; postgres_exporter has the schema in `relname`. */
const LABELS = ['datname', 'schemaname', 'relname', 'phase'] as const

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

/** As in vacuum-progress: names of tables are known in this database alone, elsewhere what goes on is one sum a phase. */
const SQL = `SELECT p.datname, coalesce(n.nspname, '') AS schemaname, coalesce(c.relname, '') AS relname, p.phase,
       sum(p.heap_blks_total)::float8 AS total, sum(p.index_vacuum_count)::float8 AS rounds
  FROM pg_catalog.pg_stat_progress_vacuum p
  LEFT JOIN pg_catalog.pg_class c ON c.oid = p.relid AND p.datname = pg_catalog.current_database()
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE p.phase IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`

type Labels = Readonly<Record<(typeof LABELS)[number], string>>

interface Row {
  readonly datname: string
  readonly schemaname: string
  readonly relname: string
  readonly phase: string
  readonly total: number
  readonly rounds: number
}

/** Vacuums under way under the names of postgres_exporter that differ from those of the view. */
export const vacuumPhases = defineCollector({
  name: 'vacuum-phases',
  metrics: {
    pg_stat_progress_vacuum_phase: gauge(
      '1 for a phase some vacuum of the table is in, 0 for the others.',
      LABELS,
    ),
    pg_stat_progress_vacuum_heap_blks: gauge('Blocks of the table when the vacuum began.', LABELS),
    pg_stat_progress_vacuum_index_vacuums: gauge('Rounds through all indexes so far.', LABELS),
  },
  async collect(connection, _facts, emit) {
    const rows = await connection.rows<Row>(SQL)
    const current = new Map<string, { readonly table: Omit<Labels, 'phase'>; readonly phases: Set<string> }>()
    for (const { datname, schemaname, relname, phase, total, rounds } of rows) {
      const table = { datname, schemaname, relname }
      const key = JSON.stringify(table)
      const known = current.get(key) ?? { table, phases: new Set() }
      known.phases.add(phase)
      current.set(key, known)
      emit('pg_stat_progress_vacuum_heap_blks', total, { ...table, phase })
      emit('pg_stat_progress_vacuum_index_vacuums', rounds, { ...table, phase })
    }
    for (const { table, phases } of current.values())
      for (const phase of new Set([...PHASES, ...phases]))
        emit('pg_stat_progress_vacuum_phase', phases.has(phase) ? 1 : 0, { ...table, phase })
  },
})
