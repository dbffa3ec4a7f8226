/** A place in a file, as editors count: both from 1, columns in characters. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where a UTF-16 offset lies. Lines end at `\n`; a `\r` before it belongs to the line end. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 }
}

/** The UTF-16 offset of a character counted as Postgres counts: code points, from 0. */
export function offsetOfCodePoint(text: string, codePoints: number): number {
  let offset = 0
  for (let left = codePoints; left > 0 && offset < text.length; left--) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1
  }
  return offset
}

/**
 * The line around an offset with a caret below the place, as compilers show it:
 * ```
 *   3 | CREATE TABLE t (id int,,)
 *     |                        ^
 * ```
 * One line of context above; long lines are cut around the caret.
 */
export function excerptAt(text: string, offset: number): string {
  const { line, column } = positionAt(text, offset)
  const lines = text.split('\n').map(content => content.replace(/\r$/, '').replaceAll('\t', ' '))
  const width = String(line).length
  const from = Math.max(0, column - 60)
  const gutter = (label: string | number) => `${String(label).padStart(width + 2)} | `
  const show = (number: number) =>
    gutter(number) + [...(lines[number - 1] ?? '')].slice(from, from + 100).join('')
  const rows = line > 1 ? [show(line - 1), show(line)] : [show(line)]
  return [...rows, `${gutter('')}${' '.repeat(column - 1 - from)}^`].map(row => row.trimEnd()).join('\n')
}
