import { escapeIdentifier } from 'pg'
import { defineRememberingCollector, WATCHED_DATABASES } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'
import { StatementGrowth } from '../statement-growth.ts'
import { StickyTop } from '../sticky-top.ts'

/**
 * The extension's own version decides about columns: an upgrade of the server leaves it at the old one until somebody
 * says ALTER EXTENSION UPDATE. 1.11 (17) renamed the block times and tells since when it counts each statement.
 */
const INSTALLED = `SELECT n.nspname AS schema, string_to_array(e.extversion, '.')::int[] >= ARRAY[1, 11] AS renamed
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'`

const LABELS = ['datname', 'queryid'] as const
const SUMS = {
  pg_stat_statements_calls_total: counter('Executions of the statement.', LABELS),
  pg_stat_statements_seconds_total: counter('Time spent executing the statement.', LABELS),
  pg_stat_statements_rows_total: counter('Rows the statement returned or changed.', LABELS),
  pg_stat_statements_block_read_seconds_total: counter(
    'Time spent reading blocks (needs track_io_timing).',
    LABELS,
  ),
  pg_stat_statements_block_write_seconds_total: counter(
    'Time spent writing blocks (needs track_io_timing).',
    LABELS,
  ),
  pg_stat_statements_shared_blks_hit_total: counter('Blocks found in shared buffers.', LABELS),
  pg_stat_statements_shared_blks_read_total: counter('Blocks that were not in shared buffers.', LABELS),
  pg_stat_statements_temp_blks_written_total: counter('Blocks written to temporary files.', LABELS),
  pg_stat_statements_wal_bytes_total: counter('WAL the statement wrote.', LABELS),
  pg_stat_statements_plan_seconds_total: counter(
    'Time spent planning (needs pg_stat_statements.track_planning).',
    LABELS,
  ),
} as const
type Sum = keyof typeof SUMS
const NAMES = Object.keys(SUMS) as Sum[]

const expressions = (renamed: boolean): Readonly<Record<Sum, string>> => ({
  pg_stat_statements_calls_total: 's.calls',
  pg_stat_statements_seconds_total: 's.total_exec_time / 1000',
  pg_stat_statements_rows_total: 's.rows',
  pg_stat_statements_block_read_seconds_total: `s.${renamed ? 'shared_blk_read_time' : 'blk_read_time'} / 1000`,
  pg_stat_statements_block_write_seconds_total: `s.${renamed ? 'shared_blk_write_time' : 'blk_write_time'} / 1000`,
  pg_stat_statements_shared_blks_hit_total: 's.shared_blks_hit',
  pg_stat_statements_shared_blks_read_total: 's.shared_blks_read',
  pg_stat_statements_temp_blks_written_total: 's.temp_blks_written',
  pg_stat_statements_wal_bytes_total: 's.wal_bytes',
  pg_stat_statements_plan_seconds_total: 's.total_plan_time / 1000',
})

/** Called with false the function leaves out the texts and does not read their file, which can have 700 MB. */
function statementsQuery(schema: string, renamed: boolean): string {
  const values = Object.entries(expressions(renamed)).map(([name, text]) => `(${text})::float8 AS ${name}`)
  return `SELECT d.datname, s.queryid::text AS queryid, concat_ws('/', s.userid, s.dbid, s.queryid, s.toplevel) AS key,
       ${renamed ? 'extract(epoch FROM s.stats_since)' : 'NULL'}::float8 AS since, ${values.join(', ')}
  FROM ${schema}.pg_stat_statements(false) s
  LEFT JOIN (SELECT oid, datname FROM pg_catalog.pg_database WHERE ${WATCHED_DATABASES}) d ON d.oid = s.dbid`
}

const infoQuery = (schema: string) =>
  `SELECT i.dealloc::float8 AS dealloc, extract(epoch FROM i.stats_reset)::float8 AS reset,
       pg_catalog.current_setting('pg_stat_statements.max')::float8 AS maximum,
       extract(epoch FROM clock_timestamp())::float8 AS now,
       (SELECT array_agg(datname::text) FROM pg_catalog.pg_database WHERE ${WATCHED_DATABASES}) AS databases
  FROM ${schema}.pg_stat_statements_info i`

type Row = Readonly<Record<Sum, number>> & {
  /** NULL for a database that is gone, or not watched. */
  readonly datname: string | null
  /** NULL for a statement of somebody else, to a role without pg_read_all_stats. */
  readonly queryid: string | null
  readonly key: string
  readonly since: number | null
}

interface Info {
  readonly dealloc: number
  readonly reset: number
  readonly maximum: number
  readonly now: number
  readonly databases: readonly string[] | null
}

/** A statement counts as slow when its calls since the last look took this long on average, in seconds. */
const SLOW_SECONDS = 1
const SHOWN = 50
const HOLD_SECONDS = 3600

/** Totals of one database, added up from growth: the sums of what the server remembers fall whenever it forgets a statement. */
interface Totals {
  calls: number
  seconds: number
  slowCalls: number
}

/** Statements by their id, never their text. Nothing where the extension is not installed in the database we are connected to. */
export const statements = defineRememberingCollector({
  name: 'statements',
  tier: 'medium',
  timeoutMs: 2000,
  metrics: {
    ...SUMS,
    pg_stat_statements_calls_all_total: counter(
      'Executions of all statements seen since the exporter started; unknown to a role that may not see them all.',
      ['datname'],
    ),
    pg_stat_statements_seconds_all_total: counter(
      'Time spent on all statements seen since the exporter started; unknown to a role that may not see them all.',
      ['datname'],
    ),
    pg_stat_statements_slow_calls_total: counter(
      'Executions since the exporter started of statements that took longer than the threshold on average between two looks.',
      ['datname', 'threshold'],
    ),
    pg_stat_statements_entries: gauge('Statements the server remembers.'),
    pg_stat_statements_max: gauge('Statements the server can remember (pg_stat_statements.max).'),
    pg_stat_statements_dealloc_total: counter('Times the server forgot statements for want of room.'),
    pg_stat_statements_stats_reset_timestamp_seconds: gauge(
      'When these statistics were last reset, as Unix time.',
    ),
  },
  remember: () => ({
    growth: new StatementGrowth(),
    top: new StickyTop(SHOWN, HOLD_SECONDS),
    totals: new Map<string, Totals>(),
  }),
  async collect(connection, _facts, emit, { growth, top, totals }) {
    const [extension] = await connection.rows<{ schema: string; renamed: boolean }>(INSTALLED)
    if (!extension) return growth.forget()
    const schema = escapeIdentifier(extension.schema)
    const rows = await connection.rows<Row>(statementsQuery(schema, extension.renamed))
    const info = await connection.row<Info>(infoQuery(schema))
    emit('pg_stat_statements_entries', rows.length)
    emit('pg_stat_statements_max', info.maximum)
    emit('pg_stat_statements_dealloc_total', info.dealloc)
    emit('pg_stat_statements_stats_reset_timestamp_seconds', info.reset)

    const merged = mergeByQuery(rows)
    const time = ([, { values }]: readonly [string, Merged]) => values.pg_stat_statements_seconds_total
    const ranking = [...merged].sort((one, other) => time(other) - time(one)).map(([key]) => key)
    for (const key of top.choose(ranking, info.now)) {
      const statement = merged.get(key)
      if (!statement) continue
      const { datname, queryid, values } = statement
      for (const name of NAMES) emit(name, values[name], { datname, queryid })
    }

    // Hidden statements have no identity to compare by: what grew is then unknown.
    if (rows.some(({ queryid }) => queryid === null)) return growth.forget()
    const databases = new Map(rows.map(({ key, datname }) => [key, datname]))
    const counts = rows.map(row => ({
      key: row.key,
      calls: row.pg_stat_statements_calls_total,
      seconds: row.pg_stat_statements_seconds_total,
      since: row.since,
    }))
    for (const { key, calls, seconds } of growth.next({ counts, reset: info.reset, now: info.now })) {
      const datname = databases.get(key)
      if (typeof datname !== 'string') continue
      const total = totals.get(datname) ?? { calls: 0, seconds: 0, slowCalls: 0 }
      total.calls += calls
      total.seconds += seconds
      if (calls > 0 && seconds / calls >= SLOW_SECONDS) total.slowCalls += calls
      totals.set(datname, total)
    }
    for (const datname of info.databases ?? []) {
      const { calls, seconds, slowCalls } = totals.get(datname) ?? { calls: 0, seconds: 0, slowCalls: 0 }
      emit('pg_stat_statements_calls_all_total', calls, { datname })
      emit('pg_stat_statements_seconds_all_total', seconds, { datname })
      emit('pg_stat_statements_slow_calls_total', slowCalls, { datname, threshold: `${SLOW_SECONDS}s` })
    }
  },
})

interface Merged {
  readonly datname: string
  readonly queryid: string
  readonly values: Record<Sum, number>
}

/** The same statement of several roles, at top level or inside a function, is one series. */
function mergeByQuery(rows: readonly Row[]): Map<string, Merged> {
  const merged = new Map<string, Merged>()
  for (const row of rows) {
    const { datname, queryid } = row
    if (datname === null || queryid === null) continue
    const key = JSON.stringify([datname, queryid])
    const known = merged.get(key)
    if (known) for (const name of NAMES) known.values[name] += row[name]
    else merged.set(key, { datname, queryid, values: { ...row } })
  }
  return merged
}
