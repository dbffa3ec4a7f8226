import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

const LABELS = ['datname', 'schemaname', 'relname'] as const

/** The column and the versions that have it. 17 counts the memory in bytes where earlier ones count rows. */
const FIELDS = {
  pg_stat_progress_vacuum_max_dead_tuples: [
    [15, 16],
    'max_dead_tuples',
    gauge('Dead rows it can remember before it has to go through the indexes (up to 16).', LABELS),
  ],
  pg_stat_progress_vacuum_num_dead_tuples: [
    [15, 16],
    'num_dead_tuples',
    gauge('Dead rows it remembers (up to 16).', LABELS),
  ],
  pg_stat_progress_vacuum_max_dead_tuple_bytes: [
    [17, 99],
    'max_dead_tuple_bytes',
    gauge('Memory for dead rows, after which it has to go through the indexes (from 17 on).', LABELS),
  ],
  pg_stat_progress_vacuum_num_dead_item_ids: [
    [17, 99],
    'num_dead_item_ids',
    gauge('Dead rows it remembers (from 17 on).', LABELS),
  ],
  pg_stat_progress_vacuum_indexes: [
    [17, 99],
    'indexes_total',
    gauge('Indexes to go through in this round (from 17 on); 0 outside of one.', LABELS),
  ],
  pg_stat_progress_vacuum_indexes_processed: [
    [17, 99],
    'indexes_processed',
    gauge('Indexes done in this round (from 17 on).', LABELS),
  ],
  pg_stat_progress_vacuum_delay_seconds: [
    [18, 99],
    'delay_time / 1000',
    gauge('Time it slept to spare the disk (from 18 on; needs track_cost_delay_timing).', LABELS),
  ],
} as const

type Name = keyof typeof FIELDS
const NAMES = Object.keys(FIELDS) as Name[]

const metrics = Object.fromEntries(NAMES.map(name => [name, FIELDS[name][2]])) as {
  readonly [N in Name]: (typeof FIELDS)[N][2]
}

/** As in vacuum-progress: names of tables are known in this database alone, elsewhere there is one sum a database. */
const query = (names: readonly Name[]) => `SELECT p.datname, coalesce(n.nspname, '') AS schemaname,
       coalesce(c.relname, '') AS relname, ${names.map(name => `sum(p.${FIELDS[name][1]})::float8 AS ${name}`).join(', ')}
  FROM pg_catalog.pg_stat_progress_vacuum p
  LEFT JOIN pg_catalog.pg_class c ON c.oid = p.relid AND p.datname = pg_catalog.current_database()
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE p.phase IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`

type Row = {
  readonly datname: string
  readonly schemaname: string
  readonly relname: string
} & Readonly<Record<Name, number | null>>

/** How close vacuums under way are to another round through their indexes. */
export const vacuumMemory = defineCollector({
  name: 'vacuum-memory',
  metrics,
  async collect(connection, { major }, emit) {
    const names = NAMES.filter(name => major >= FIELDS[name][0][0] && major <= FIELDS[name][0][1])
    for (const row of await connection.rows<Row>(query(names))) {
      const { datname, schemaname, relname } = row
      for (const name of names) emit(name, row[name], { datname, schemaname, relname })
    }
  },
})
