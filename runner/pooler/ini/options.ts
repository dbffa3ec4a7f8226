import { HowdahError } from '../../core/errors.ts'
import { lineValue, requireInteger } from './escape.ts'

/** `1.24`, `1.25.2`: what the image's PgBouncer says of itself. */
export type PgbouncerVersion = `${number}.${number}` | `${number}.${number}.${number}`

type Kind = 'count' | 'seconds' | 'milliseconds' | 'flag' | 'text'
type ValueOf<K extends Kind> = K extends 'flag' ? boolean : K extends 'text' ? string : number

interface Option<K extends Kind = Kind> {
  readonly key: string
  readonly kind: K
  readonly fallback?: ValueOf<K>
  /** The minor version of 1 that has it; older ones refuse to start with it. */
  readonly since?: number
}

const option = <const K extends Kind>(
  key: string,
  kind: K,
  rest: Pick<Option<K>, 'fallback' | 'since'> = {},
): Option<K> => ({
  key,
  kind,
  ...rest,
})

/**
 * What may be set, and what it is where nobody says otherwise. The values are those of a transaction pooler in front of RDS: fail before an HTTP request does,
 * come back quickly from a failover, notice dead peers before a load balancer forgets them (350 s).
 */
export const OPTIONS = {
  maxPreparedStatements: option('max_prepared_statements', 'count', { fallback: 500, since: 21 }),
  serverResetQuery: option('server_reset_query', 'text', { fallback: 'DISCARD ALL' }),
  serverResetQueryAlways: option('server_reset_query_always', 'flag', { fallback: false }),
  ignoreStartupParameters: option('ignore_startup_parameters', 'text', {
    fallback: 'extra_float_digits,options',
  }),
  /** Never `search_path`: before 1.25.1 it let anybody run SQL as auth_user (CVE-2025-12819). */
  trackExtraParameters: option('track_extra_parameters', 'text', { fallback: 'IntervalStyle', since: 20 }),
  minPoolSize: option('min_pool_size', 'count', { fallback: 0 }),
  reservePoolTimeoutSeconds: option('reserve_pool_timeout', 'seconds', { fallback: 3 }),
  maxUserConnections: option('max_user_connections', 'count'),
  maxDbClientConnections: option('max_db_client_connections', 'count', { since: 24 }),
  maxUserClientConnections: option('max_user_client_connections', 'count', { since: 24 }),
  queryWaitTimeoutSeconds: option('query_wait_timeout', 'seconds', { fallback: 15 }),
  queryWaitNotifySeconds: option('query_wait_notify', 'seconds', { fallback: 5, since: 25 }),
  queryTimeoutSeconds: option('query_timeout', 'seconds'),
  serverIdleTimeoutSeconds: option('server_idle_timeout', 'seconds', { fallback: 300 }),
  serverLifetimeSeconds: option('server_lifetime', 'seconds', { fallback: 1800 }),
  serverConnectTimeoutSeconds: option('server_connect_timeout', 'seconds', { fallback: 5 }),
  serverLoginRetrySeconds: option('server_login_retry', 'seconds', { fallback: 2 }),
  serverCheckDelaySeconds: option('server_check_delay', 'seconds'),
  serverRoundRobin: option('server_round_robin', 'flag', { fallback: false }),
  clientLoginTimeoutSeconds: option('client_login_timeout', 'seconds', { fallback: 15 }),
  clientIdleTimeoutSeconds: option('client_idle_timeout', 'seconds', { fallback: 0 }),
  idleTransactionTimeoutSeconds: option('idle_transaction_timeout', 'seconds', { fallback: 60 }),
  transactionTimeoutSeconds: option('transaction_timeout', 'seconds', { fallback: 300, since: 25 }),
  dnsMaxTtlSeconds: option('dns_max_ttl', 'seconds', { fallback: 5 }),
  dnsNxdomainTtlSeconds: option('dns_nxdomain_ttl', 'seconds', { fallback: 5 }),
  tcpKeepalive: option('tcp_keepalive', 'flag', { fallback: true }),
  tcpKeepidleSeconds: option('tcp_keepidle', 'count', { fallback: 60 }),
  tcpKeepintvlSeconds: option('tcp_keepintvl', 'count', { fallback: 10 }),
  tcpKeepcnt: option('tcp_keepcnt', 'count', { fallback: 3 }),
  tcpUserTimeoutMs: option('tcp_user_timeout', 'milliseconds', { fallback: 15_000 }),
  listenBacklog: option('listen_backlog', 'count', { fallback: 4096 }),
  applicationNameAddHost: option('application_name_add_host', 'flag', { fallback: true }),
  logConnections: option('log_connections', 'flag', { fallback: false }),
  logDisconnections: option('log_disconnections', 'flag', { fallback: false }),
  logPoolerErrors: option('log_pooler_errors', 'flag', { fallback: true }),
  logStats: option('log_stats', 'flag', { fallback: false }),
  statsPeriodSeconds: option('stats_period', 'count', { fallback: 15 }),
} as const

export type OptionName = keyof typeof OPTIONS

/** Further settings of `[pgbouncer]`; absent ones are as `OPTIONS` has them. Units are in the names. */
export type PgbouncerOptions = {
  readonly [N in OptionName]?: (typeof OPTIONS)[N] extends Option<infer K> ? ValueOf<K> | undefined : never
}

/** Lines of `[pgbouncer]`. What a version lacks is left out where it is a default, and refused where it was asked for. @throws HowdahError */
export function optionLines(options: PgbouncerOptions, minor: number): string[] {
  const lines: string[] = []
  for (const [name, { key, kind, fallback, since = 0 }] of Object.entries<Option>(OPTIONS)) {
    const given = options[name as OptionName]
    if (given !== undefined && minor < since)
      throw new HowdahError('pooler-setting-invalid', {
        setting: name,
        problem: `needs PgBouncer 1.${since}, and the version is 1.${minor}`,
      })
    const value = given ?? fallback
    if (value !== undefined && minor >= since) lines.push(`${key} = ${written(name, kind, value)}`)
  }
  return lines
}

/** The largest number PgBouncer reads into its integers. */
const LARGEST = 2_147_483_647
/** Times are kept in microseconds of 64 bits; a year is enough. */
const LONGEST_SECONDS = 31_536_000

function written(setting: string, kind: Kind, value: string | number | boolean): string {
  if (kind === 'flag') return value ? '1' : '0'
  if (kind === 'text') {
    const text = lineValue(setting, String(value))
    if (setting === 'trackExtraParameters' && /search_path/i.test(text))
      throw new HowdahError('pooler-setting-invalid', {
        setting,
        problem: 'must not name search_path: before 1.25.1 it lets anybody run SQL as auth_user',
      })
    return text
  }
  return String(requireInteger(setting, Number(value), 0, kind === 'seconds' ? LONGEST_SECONDS : LARGEST))
}
