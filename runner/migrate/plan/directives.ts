import { HowdahError } from '../../core/errors.ts'
import { excerptAt } from '../../sql/position.ts'

/** What the head of a file asks for: `-- howdah: transaction=statement, lock_timeout=500ms`. */
export interface Directives {
  /** `file`: all of it in one transaction; `statement`: one for each; `none`: none at all; absent: one for the file where it can be. */
  readonly transaction?: 'file' | 'statement' | 'none'
  /** The longest one attempt waits for a table lock, in milliseconds. */
  readonly lockTimeoutMs?: number
  /** Upper bound for each statement, in milliseconds; 0 is none. */
  readonly statementTimeoutMs?: number
  /** Of a `down.sql`: there is no way back, and why in a word. */
  readonly irreversible?: string
}

const DIRECTIVE = /^[ \t]*--[ \t]*howdah:(.*)$/gim

/**
 * Reads the directives of a file. They stand above the first statement; anything unknown is an error, since a
 * misspelt wish must not be passed over.
 * @param firstStatement UTF-16 offset of the first statement
 * @param file the file's name: not every directive belongs into every file
 * @throws HowdahError directive-invalid
 */
export function readDirectives(
  text: string,
  firstStatement: number,
  locate: (offset: number) => string,
  file: string,
): Directives {
  const directives: { -readonly [K in keyof Directives]: Directives[K] } = {}
  for (const match of text.matchAll(DIRECTIVE)) {
    const refuse = (problem: string) =>
      new HowdahError(
        'directive-invalid',
        { location: locate(match.index), problem },
        { excerpt: excerptAt(text, match.index) },
      )
    if (match.index > firstStatement)
      throw refuse('a directive stands above the first statement, not behind it')
    for (const part of (match[1] ?? '').split(',')) {
      const [, key = '', value = ''] = /^\s*([a-z_]+)\s*=\s*(\S+)\s*$/i.exec(part) ?? []
      switch (key.toLowerCase()) {
        case 'transaction':
          if (value !== 'file' && value !== 'statement' && value !== 'none')
            throw refuse(`transaction=${value}: it is file, statement or none`)
          directives.transaction = value
          break
        case 'lock_timeout':
          directives.lockTimeoutMs = duration(value, 1, refuse)
          break
        case 'statement_timeout':
          directives.statementTimeoutMs = duration(value, 0, refuse)
          break
        case 'irreversible':
          if (file !== 'down.sql') throw refuse('irreversible is said in down.sql, and in no other file')
          directives.irreversible = value
          break
        default:
          throw refuse(
            `"${part.trim()}" is no directive; there are transaction, lock_timeout and statement_timeout${file === 'down.sql' ? ', and irreversible' : ''}`,
          )
      }
    }
  }
  return directives
}

/** `500`, `500ms`, `2s`, `5min`: milliseconds without a unit, as Postgres reads these settings. */
function duration(value: string, leastMs: number, refuse: (problem: string) => HowdahError): number {
  const [, amount, unit = 'ms'] = /^(\d{1,9})(ms|s|min)?$/.exec(value) ?? []
  const ms = Number(amount) * (unit === 'min' ? 60_000 : unit === 's' ? 1000 : 1)
  if (amount === undefined || ms < leastMs) throw refuse(`"${value}" is no duration; write 500ms, 2s or 5min`)
  return ms
}
