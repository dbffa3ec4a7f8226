/** What one column of a row may hold on its way into COPY; `null` becomes SQL NULL. */
export type CopyValue = string | number | bigint | boolean | Date | null

const SPECIAL = /[\\\t\n\r]/
const EVERY_SPECIAL = /[\\\t\n\r]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/**
 * One row in COPY's text format, line end included (PostgreSQL manual, COPY, "Text Format").
 * Every backslash is escaped, so neither a lone `\.` nor a literal `\N` can end the data or turn into NULL. A lone surrogate
 * arrives as U+FFFD, as with any other statement; the server itself refuses U+0000.
 */
export function copyLine(row: readonly CopyValue[]): string {
  let line = ''
  for (let column = 0; column < row.length; column++) {
    if (column > 0) line += '\t'
    line += copyField(row[column] ?? null)
  }
  return `${line}\n`
}

function copyField(value: CopyValue): string {
  if (value === null) return '\\N'
  if (typeof value === 'string') return SPECIAL.test(value) ? value.replace(EVERY_SPECIAL, escaped) : value
  if (typeof value === 'boolean') return value ? 't' : 'f'
  return value instanceof Date ? value.toISOString() : String(value)
}

const escaped = (character: string) => ESCAPES[character] ?? character
