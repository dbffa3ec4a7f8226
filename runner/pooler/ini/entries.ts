import { HowdahError } from '../../core/errors.ts'
import { connectionValue, keyName, PLACEHOLDERS, requireHost, requireInteger } from './escape.ts'
import type { PgbouncerSettings, PooledDatabase, PoolMode } from './settings.ts'

/** Lines of `[databases]`. */
export function databaseLines(settings: PgbouncerSettings): string[] {
  const entries = Object.entries(settings.databases)
  if (entries.length === 0)
    throw new HowdahError('pooler-setting-invalid', { setting: 'databases', problem: 'names none' })
  return entries.map(([name, database]) => {
    const at = (key: string) => `databases.${name}.${key}`
    if (name === 'pgbouncer')
      throw new HowdahError('pooler-setting-invalid', {
        setting: `databases.${name}`,
        problem: 'is the name of the admin console',
      })
    const { hosts, port, connectQuery, applicationName } = database
    const number = (key: keyof PooledDatabase, name: string, least: number) => {
      const value = database[key]
      return value === undefined
        ? []
        : [`${name}=${requireInteger(at(key), Number(value), least, 2_147_483_647)}`]
    }
    if (hosts?.length === 0)
      throw new HowdahError('pooler-setting-invalid', { setting: at('hosts'), problem: 'names none' })
    const wanted = database.database ?? (name === '*' ? undefined : name)
    const parts = [
      `host=${hosts ? `'${hosts.map(host => requireHost(at('hosts'), host)).join(',')}'` : PLACEHOLDERS.host}`,
      `port=${hosts ? requireInteger(at('port'), port ?? settings.target.port, 1, 65_535) : PLACEHOLDERS.port}`,
      ...(wanted === undefined ? [] : [`dbname=${connectionValue(at('database'), wanted)}`]),
      ...modeOf(at('poolMode'), database.poolMode),
      ...number('poolSize', 'pool_size', 1),
      ...number('minPoolSize', 'min_pool_size', 0),
      ...number('reservePoolSize', 'reserve_pool', 0),
      ...number('maxConnections', 'max_db_connections', 0),
      ...(connectQuery === undefined
        ? []
        : [`connect_query=${connectionValue(at('connectQuery'), connectQuery)}`]),
      ...(applicationName === undefined
        ? []
        : [`application_name=${connectionValue(at('applicationName'), applicationName)}`]),
    ]
    if (!hosts && port !== undefined)
      throw new HowdahError('pooler-setting-invalid', {
        setting: at('port'),
        problem: 'belongs to hosts of its own, and there are none',
      })
    return `${name === '*' ? '*' : keyName(`databases.${name}`, name)} = ${parts.join(' ')}`
  })
}

/** `[users]` with its lines, where there are any. */
export function userLines({ users = {} }: PgbouncerSettings): string[] {
  const lines = Object.entries(users).map(([name, { poolMode, maxConnections }]) => {
    const parts = modeOf(`users.${name}.poolMode`, poolMode)
    if (maxConnections !== undefined)
      parts.push(
        `max_user_connections=${requireInteger(`users.${name}.maxConnections`, maxConnections, 0, 2_147_483_647)}`,
      )
    return `${keyName(`users.${name}`, name)} = ${parts.join(' ')}`
  })
  return lines.length > 0 ? ['[users]', ...lines] : []
}

/** `pool_mode=…`, where one was given. */
export function modeOf(setting: string, mode: PoolMode | undefined): string[] {
  if (mode === undefined) return []
  return [`pool_mode=${requireOneOf(setting, ['session', 'transaction', 'statement'], mode)}`]
}

/** @throws HowdahError pooler-setting-invalid */
export function requireOneOf(setting: string, allowed: readonly string[], value: string): string {
  if (allowed.includes(value)) return value
  throw new HowdahError('pooler-setting-invalid', {
    setting,
    problem: `must be one of ${allowed.join(', ')}`,
  })
}
