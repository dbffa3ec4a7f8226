/** A page as a terminal shows it: headings in capitals, code indented, no marks. What stands between backticks keeps them. */
export function plainText(markdown: string): string {
  let fenced = false
  const lines = markdown.split('\n').flatMap(line => {
    if (/^ *```/.test(line)) {
      fenced = !fenced
      return []
    }
    if (fenced) return [line === '' ? '' : `    ${line}`]
    if (/^<!-- .* -->$/.test(line)) return []
    const [, heading] = /^#+ (.+)$/.exec(line) ?? []
    if (heading !== undefined) return [line.startsWith('## ') ? heading.toUpperCase() : heading]
    return [line.replace(/\*\*(.+?)\*\*/g, '$1').replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)')]
  })
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Longer values are cut in a table; a program gets them whole. */
const LONGEST_CELL = 100

/** Characters that move the cursor or turn the direction of writing must not reach a terminal. */
const cell = (value: string | null) => {
  const text = (value ?? '').replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}')
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text
}

export function table(
  columns: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): readonly string[] {
  const cells = [columns, ...rows].map(row => row.map(cell))
  const widths = columns.map((_, index) => Math.max(...cells.map(row => row[index]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((value, index) => value.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = cells
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)]
}
