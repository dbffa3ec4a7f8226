import type { StepDuration } from '../../ledger/step-durations.ts'

/** How long statements of the same kind on the same table took before. */
export interface Comparable {
  readonly count: number
  readonly lastMs: number
  readonly longestMs: number
  /** ISO, of the newest. */
  readonly lastAt: string
}

const TABLE = String.raw`(?:ONLY )?((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)`

/** What kinds of statement are alike, and where in a summary the table stands. Read from the text, since a summary may be cut. */
const KINDS: readonly (readonly [kind: string, pattern: string])[] = [
  ['concurrent index build', `CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?\\S+ ON ${TABLE}`],
  ['index build', `CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?(?:\\S+ )?ON ${TABLE}`],
  ['validation', `ALTER TABLE (?:IF EXISTS )?${TABLE} VALIDATE CONSTRAINT`],
  ['new constraint', `ALTER TABLE (?:IF EXISTS )?${TABLE} ADD CONSTRAINT`],
  ['type change', `ALTER TABLE (?:IF EXISTS )?${TABLE} ALTER (?:COLUMN )?\\S+ (?:SET DATA )?TYPE`],
  ['update', `UPDATE ${TABLE}`],
  ['delete', `DELETE FROM ${TABLE}`],
  ['insert', `INSERT INTO ${TABLE}`],
  ['vacuum', `VACUUM (?:\\([^)]*\\) |FULL |FREEZE |VERBOSE |ANALYZE )*${TABLE}`],
  ['analyze', `ANALYZE (?:\\([^)]*\\) |VERBOSE )*${TABLE}`],
  ['reindex', `REINDEX (?:\\([^)]*\\) )?TABLE (?:CONCURRENTLY )?${TABLE}`],
  ['refresh', `REFRESH MATERIALIZED VIEW (?:CONCURRENTLY )?${TABLE}`],
]

/** Kind and table of a statement by its summary; `undefined` for kinds whose duration says nothing about the next. */
export function comparableKey(summary: string): string | undefined {
  for (const [kind, pattern] of KINDS) {
    const table = new RegExp(`^${pattern}`, 'i').exec(summary)?.[1]
    if (table !== undefined) return `${kind} ${tableName(table)}`
  }
  return undefined
}

/** Without schema and quotes: the same table may be named both ways. */
function tableName(name: string): string {
  const last = /("[^"]+"|[\w$]+)$/.exec(name)?.[1] ?? name
  return last.startsWith('"') ? last.slice(1, -1) : last.toLowerCase()
}

/** The earlier steps like this one. `durations` come newest first. */
export function findComparable(summary: string, durations: readonly StepDuration[]): Comparable | undefined {
  const key = comparableKey(summary)
  if (key === undefined) return undefined
  const alike = durations.filter(each => comparableKey(each.summary) === key)
  const [last] = alike
  if (!last) return undefined
  return {
    count: alike.length,
    lastMs: last.durationMs,
    longestMs: Math.max(...alike.map(each => each.durationMs)),
    lastAt: last.finishedAt,
  }
}
