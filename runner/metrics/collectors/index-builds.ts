import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * Progress of a phase: blocks while the table is read, tuples while they are sorted in, sessions while others are waited
 * for. A phase without a total has no ratio. Rows hidden from this role (relid is NULL) are unknown and left out.
 */
const SQL = `SELECT coalesce(c.relname, p.relid::text) AS relname, p.phase, min(
         CASE WHEN p.phase LIKE 'waiting%' AND p.lockers_total > 0 THEN p.lockers_done::float8 / p.lockers_total
              WHEN p.phase LIKE '%loading tuples%' AND p.tuples_total > 0 THEN p.tuples_done::float8 / p.tuples_total
              WHEN p.blocks_total > 0 THEN p.blocks_done::float8 / p.blocks_total END) AS ratio
  FROM pg_catalog.pg_stat_progress_create_index p
  LEFT JOIN pg_catalog.pg_class c ON c.oid = p.relid
 WHERE p.datname = current_database() AND p.relid IS NOT NULL
 GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 50`

interface Row {
  readonly relname: string
  readonly phase: string
  readonly ratio: number | null
}

/** Index builds under way; there is no series while there is none. */
export const indexBuilds = defineCollector({
  name: 'index-builds',
  scope: 'database',
  metrics: {
    pg_index_create_progress_ratio: gauge(
      'How much of the present phase of an index build is done; absent where the phase has no total.',
      ['datname', 'relname', 'phase'],
    ),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    for (const { relname, phase, ratio } of await connection.rows<Row>(SQL))
      emit('pg_index_create_progress_ratio', ratio, { datname, relname, phase })
  },
})
