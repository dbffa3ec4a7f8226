import { HowdahError } from '../../core/errors.ts'

/** What the image's entrypoint replaces in an ini: the number of the process, and where the database is now. */
export const PLACEHOLDERS = { process: '%{process}', host: '%{host}', port: '%{port}' } as const

/** Postgres' limit for a name (NAMEDATALEN less one), in bytes; PgBouncer's own are the same or larger. */
const LONGEST_NAME = 63
/** PgBouncer 1.18 refuses a connection string it cannot copy into its buffers; nothing real comes near this. */
const LONGEST_VALUE = 4000

const refuse = (setting: string, problem: string) =>
  new HowdahError('pooler-setting-invalid', { setting, problem })

/**
 * A value behind `key =`: PgBouncer takes the line to its end, without spaces at its ends, and knows no escape. `;`, `=`, `#` and quotes mean nothing there;
 * what the format cannot carry is refused.
 * @throws HowdahError pooler-setting-invalid
 */
export function lineValue(setting: string, value: string): string {
  requireCarried(setting, value)
  if (value !== value.trim()) throw refuse(setting, 'begins or ends with a space, which PgBouncer would drop')
  return value
}

/** A value in a connection string: in single quotes, which are doubled within. Empty ones are an error to PgBouncer. @throws HowdahError */
export function connectionValue(setting: string, value: string): string {
  requireCarried(setting, value)
  if (value === '') throw refuse(setting, 'is empty')
  return `'${value.replaceAll("'", "''")}'`
}

/**
 * A name before `=` in `[databases]` or `[users]`. The manual promises double quotes for others than these letters; neither 1.18 nor 1.24.1 takes them (tried).
 * @throws HowdahError pooler-setting-invalid
 */
export function keyName(setting: string, name: string): string {
  requireName(setting, name)
  if (/^[A-Za-z0-9_.-]+$/.test(name)) return name
  throw refuse(
    setting,
    'has other characters than letters, digits, _, . and -, which PgBouncer cannot read here; `database` of an entry may be any name',
  )
}

/** A name in a list of users: separated by commas and spaces, which no quotes protect. @throws HowdahError */
export function listedName(setting: string, name: string): string {
  requireName(setting, name)
  if (/[\s,]/.test(name)) throw refuse(setting, 'has a comma or a space, which separates names in a list')
  return name
}

/** @throws HowdahError pooler-setting-invalid */
export function requireHost(setting: string, host: string): string {
  if (!/^(?:[A-Za-z0-9_:.-]{1,253}|\/[A-Za-z0-9_./-]{1,100})$/.test(host))
    throw refuse(setting, 'must be a host name, an address, or the directory of a unix socket')
  return host
}

/** @throws HowdahError pooler-setting-invalid */
export function requireInteger(setting: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw refuse(setting, `must be a whole number from ${least} to ${most}, and is ${String(value)}`)
}

function requireName(setting: string, name: string): void {
  requireCarried(setting, name)
  if (name === '') throw refuse(setting, 'is empty')
  if (Buffer.byteLength(name) > LONGEST_NAME) throw refuse(setting, `is longer than ${LONGEST_NAME} bytes`)
}

function requireCarried(setting: string, value: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(value))
    throw refuse(setting, 'has a line break or another control character')
  if (value.includes('%{')) throw refuse(setting, 'has %{, which marks what the entrypoint replaces')
  if (Buffer.byteLength(value) > LONGEST_VALUE) throw refuse(setting, `is longer than ${LONGEST_VALUE} bytes`)
}
