import { FamilyBuilder, type Snapshot } from '../exposition/snapshot.ts'
import { POOLER_METRICS } from './pooler-metrics.ts'

type Row = Readonly<Record<string, string | number | null | undefined>>

/** What the console answers to these commands, rows as they come. */
export interface ConsoleAnswers {
  readonly version: readonly Row[]
  readonly totals: readonly Row[]
  readonly pools: readonly Row[]
  readonly databases: readonly Row[]
  readonly lists: readonly Row[]
  readonly config: readonly Row[]
}

export const COMMANDS: Readonly<Record<keyof ConsoleAnswers, string>> = {
  version: 'SHOW VERSION',
  totals: 'SHOW STATS_TOTALS',
  pools: 'SHOW POOLS',
  databases: 'SHOW DATABASES',
  lists: 'SHOW LISTS',
  config: 'SHOW CONFIG',
}

type Name = keyof typeof POOLER_METRICS
type NamesLike<P extends string> = Extract<Name, `${P}${string}`>

/** Column, and what one of its units is in the metric's: PgBouncer counts time in microseconds. */
const TOTALS: Readonly<
  Record<NamesLike<'pgbouncer_stats_totals_'>, readonly [column: string, unit: number]>
> = {
  pgbouncer_stats_totals_queries_pooled_total: ['query_count', 1],
  pgbouncer_stats_totals_sql_transactions_pooled_total: ['xact_count', 1],
  pgbouncer_stats_totals_received_bytes_total: ['bytes_received', 1],
  pgbouncer_stats_totals_sent_bytes_total: ['bytes_sent', 1],
  pgbouncer_stats_totals_queries_duration_seconds_total: ['query_time', 1e6],
  pgbouncer_stats_totals_client_wait_seconds_total: ['wait_time', 1e6],
  pgbouncer_stats_totals_server_in_transaction_seconds_total: ['xact_time', 1e6],
  pgbouncer_stats_totals_server_assignments_total: ['server_assignment_count', 1],
  pgbouncer_stats_totals_client_parses_total: ['client_parse_count', 1],
  pgbouncer_stats_totals_server_parses_total: ['server_parse_count', 1],
  pgbouncer_stats_totals_binds_total: ['bind_count', 1],
}

const POOLS: Readonly<
  Record<Exclude<NamesLike<'pgbouncer_pools_'>, 'pgbouncer_pools_client_maxwait_seconds'>, string>
> = {
  pgbouncer_pools_client_active_connections: 'cl_active',
  pgbouncer_pools_client_waiting_connections: 'cl_waiting',
  pgbouncer_pools_client_active_cancel_connections: 'cl_active_cancel_req',
  pgbouncer_pools_client_waiting_cancel_connections: 'cl_waiting_cancel_req',
  pgbouncer_pools_server_active_connections: 'sv_active',
  pgbouncer_pools_server_idle_connections: 'sv_idle',
  pgbouncer_pools_server_used_connections: 'sv_used',
  pgbouncer_pools_server_testing_connections: 'sv_tested',
  pgbouncer_pools_server_login_connections: 'sv_login',
  pgbouncer_pools_server_active_cancel_connections: 'sv_active_cancel',
  pgbouncer_pools_server_being_canceled_connections: 'sv_being_canceled',
}

/** The first column there is: 1.24 renamed the reserve. */
const DATABASES: Readonly<Record<NamesLike<'pgbouncer_databases_'>, readonly string[]>> = {
  pgbouncer_databases_pool_size: ['pool_size'],
  pgbouncer_databases_min_pool_size: ['min_pool_size'],
  pgbouncer_databases_reserve_pool: ['reserve_pool_size', 'reserve_pool'],
  pgbouncer_databases_max_connections: ['max_connections'],
  pgbouncer_databases_current_connections: ['current_connections'],
  pgbouncer_databases_max_client_connections: ['max_client_connections'],
  pgbouncer_databases_current_client_connections: ['current_client_connections'],
  pgbouncer_databases_paused: ['paused'],
  pgbouncer_databases_disabled: ['disabled'],
}

const LISTS = {
  pgbouncer_databases: 'databases',
  pgbouncer_users: 'users',
  pgbouncer_pools: 'pools',
  pgbouncer_free_clients: 'free_clients',
  pgbouncer_used_clients: 'used_clients',
  pgbouncer_login_clients: 'login_clients',
  pgbouncer_free_servers: 'free_servers',
  pgbouncer_used_servers: 'used_servers',
  pgbouncer_cached_dns_names: 'dns_names',
  pgbouncer_in_flight_dns_queries: 'dns_queries',
} as const

const CONFIG = {
  pgbouncer_config_max_client_connections: 'max_client_conn',
  pgbouncer_config_max_user_connections: 'max_user_connections',
  pgbouncer_config_default_pool_size: 'default_pool_size',
} as const

/** Numbers come as text (their type is numeric). A column this version does not have is unknown, and no zero. */
function numberIn(row: Row | undefined, column: string): number | null {
  const value = row?.[column]
  return value === null || value === undefined || value === '' ? null : Number(value)
}

const textIn = (row: Row, column: string) => String(row[column] ?? '')
const entries = <K extends string, V>(table: Readonly<Record<K, V>>) => Object.entries(table) as [K, V][]

/** The metrics of one PgBouncer that answered. Pure. @param pooler `host:port` of its console */
export function poolerFigures(pooler: string, answers: ConsoleAnswers): Snapshot {
  const families = new FamilyBuilder(POOLER_METRICS)
  const { emit } = families
  emit('pgbouncer_up', 1, { pooler })
  for (const row of answers.version.slice(0, 1))
    emit('pgbouncer_version_info', 1, { pooler, version: textIn(row, 'version').replace(/^PgBouncer /, '') })
  for (const row of answers.totals) {
    const labels = { pooler, database: textIn(row, 'database') }
    for (const [name, [column, unit]] of entries(TOTALS)) {
      const value = numberIn(row, column)
      emit(name, value === null ? null : value / unit, labels)
    }
  }
  const sizes = new Map(answers.databases.map(row => [textIn(row, 'name'), numberIn(row, 'pool_size')]))
  for (const row of answers.pools) {
    const labels = { pooler, database: textIn(row, 'database'), user: textIn(row, 'user') }
    for (const [name, column] of entries(POOLS)) emit(name, numberIn(row, column), labels)
    const [seconds, micros] = [numberIn(row, 'maxwait'), numberIn(row, 'maxwait_us')]
    emit(
      'pgbouncer_pools_client_maxwait_seconds',
      seconds === null ? null : seconds + (micros ?? 0) / 1e6,
      labels,
    )
    const size = sizes.get(labels.database)
    if (size) emit('pgbouncer_pool_saturation_ratio', inUse(row) / size, labels)
  }
  for (const row of answers.databases) {
    const [name, host, port] = [textIn(row, 'name'), textIn(row, 'host'), textIn(row, 'port')]
    const labels = {
      pooler,
      name,
      host,
      port,
      database: textIn(row, 'database'),
      pool_mode: textIn(row, 'pool_mode'),
    }
    for (const [metric, columns] of entries(DATABASES))
      emit(metric, numberIn(row, columns.find(column => column in row) ?? ''), labels)
  }
  const items = new Map(answers.lists.map(row => [textIn(row, 'list'), row]))
  for (const [name, list] of entries(LISTS)) emit(name, numberIn(items.get(list), 'items'), { pooler })
  const settings = new Map(answers.config.map(row => [textIn(row, 'key'), row]))
  for (const [name, key] of entries(CONFIG)) emit(name, numberIn(settings.get(key), 'value'), { pooler })
  return families.families()
}

/** Servers no other client can have now; idle and used ones are free. */
function inUse(row: Row): number {
  const columns = ['sv_active', 'sv_active_cancel', 'sv_being_canceled', 'sv_tested', 'sv_login']
  return columns.reduce((sum, column) => sum + (numberIn(row, column) ?? 0), 0)
}
