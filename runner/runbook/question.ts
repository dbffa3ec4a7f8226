/** Where a question is put: `pgbouncer` is its console, the rest are servers. */
export type Place = 'any' | 'primary' | 'replica' | 'pgbouncer'

/** One file of `monitoring/runbooks/sql`: a statement, and what its head says of it. */
export interface Question {
  /** The file's name without `.sql`. */
  readonly name: string
  /** What an answer tells. */
  readonly tells: string
  readonly runOn: Place
  /** Which database it is put to; `any` where every database of the server gives the same answer. */
  readonly database: string
  /** The least role that may ask: `monitor` is what `howdah setup monitor-role` makes. */
  readonly role: string
  /** How to read the answer. */
  readonly means: string
  /** Without the head. */
  readonly sql: string
}

const PLACES: readonly string[] = ['any', 'primary', 'replica', 'pgbouncer'] satisfies Place[]
const KEYS = ['Tells', 'Run on', 'Database', 'Role', 'Means'] as const

/**
 * Reads a file: comment lines `-- Key: text`, continued by lines that are indented, then the statement.
 * @throws Error naming what the head lacks
 */
export function parseQuestion(name: string, text: string): Question {
  const lines = text.split('\n')
  const end = lines.findIndex(line => !line.startsWith('--'))
  const head = new Map<string, string>()
  let key = ''
  for (const line of lines.slice(0, end)) {
    const [, found, value] = /^-- ([A-Z][a-z]+(?: on)?): (.+)$/.exec(line) ?? []
    if (found !== undefined && value !== undefined) key = found
    head.set(key, value ?? `${head.get(key) ?? ''} ${line.replace(/^-- */, '')}`)
  }
  const [tells = '', runOn = '', database = '', role = '', means = ''] = KEYS.map(each => head.get(each))
  const problem =
    KEYS.find(each => !head.has(each)) ??
    [...head.keys()].find(each => !(KEYS as readonly string[]).includes(each)) ??
    (PLACES.includes(runOn) ? undefined : 'Run on')
  if (problem !== undefined) throw new Error(`${name}.sql: look at "${problem}" in its head`)
  const sql = lines.slice(end).join('\n').trim()
  return { name, tells, runOn: runOn as Place, database, role, means, sql }
}
