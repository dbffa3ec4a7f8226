/**
 * Pieces of GitHub-flavoured Markdown. Whatever comes from outside (names, statements, messages) goes through `code`, `prose` or
 * `fenced`: inside code no renderer looks for markup, links, @mentions or #references, which escaping alone does not achieve,
 * since GitHub looks for those after it has undone the escapes.
 */

/** Characters that move the cursor, turn the direction of writing or show nothing, as something that shows. */
function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cc}/gu, control => {
      const at = control.charCodeAt(0)
      return at < 0x20 ? String.fromCharCode(0x2400 + at) : '\u{fffd}'
    })
    .replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
}

const longestRun = (text: string) =>
  [...text.matchAll(/`+/g)].reduce((longest, [run]) => Math.max(longest, run.length), 0)

/** More of one value than this says nothing more, in characters. */
const LONGEST_VALUE = 300

/**
 * A foreign value on one line, as code. A pipe ends a table's cell even inside code, and how it is escaped there depends on the
 * renderer where a backslash stands before it; so it stands between two pieces of code, as an entity.
 */
export function code(value: string, longest = LONGEST_VALUE): string {
  if (value === '') return '—'
  const characters = [...visible(value)]
  const text =
    characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : characters.join('')
  return text
    .split('|')
    .map(piece => (piece === '' ? '' : codeSpan(piece)))
    .join('<code>&#124;</code>')
}

function codeSpan(text: string): string {
  const mark = '`'.repeat(longestRun(text) + 1)
  // A space at both ends is taken away by the renderer, and a backtick at an end would lengthen the mark.
  const padded = /^`|`$/.test(text) || (/^ .* $/.test(text) && text.trim() !== '') ? ` ${text} ` : text
  return `${mark}${padded}${mark}`
}

/** Words of letters, and numbers, are no markup anywhere. */
const PLAIN_WORD = /^(?:\p{L}+(?:['’/-]\p{L}+)*|\d+(?:[.,]\d+)*|[–—…·])$/u

/**
 * A sentence with foreign values in it, on one line: words stay words, everything else (identifiers, flags, paths, addresses)
 * becomes code, as does what the sentence itself has between backticks. Not for the beginning of a line: `1.` would be a list.
 */
export function prose(sentence: string): string {
  return (
    sentence
      .split(/`([^`]+)`/)
      .map((part, index) => (index % 2 === 1 ? code(part) : part.split(/\s+/).map(word).join(' ')))
      // Two pieces of code that touch would be read as one.
      .reduce((text, piece) => `${text}${text.endsWith('`') && piece.startsWith('`') ? ' ' : ''}${piece}`, '')
      .trim()
  )
}

function word(text: string): string {
  const [, before = '', inner = '', after = ''] = /^([("']*)(.*?)([.,;:)"'!?]*)$/su.exec(text) ?? []
  return inner === '' || PLAIN_WORD.test(inner) ? text : `${before}${code(inner)}${after}`
}

/** More of one message than this is for the log, in characters. */
const LONGEST_BLOCK = 16_000

/** Several lines as they are: an excerpt with its caret, a message. */
export function fenced(text: string): string {
  const shown = text.length > LONGEST_BLOCK ? `${text.slice(0, LONGEST_BLOCK)}\n…` : text
  const lines = shown.split(/\r?\n/).map(line => visible(line.replaceAll('\t', '    ')))
  const fence = '`'.repeat(Math.max(3, longestRun(shown) + 1))
  return [`${fence}text`, ...lines, fence].join('\n')
}

export interface Row {
  /** Markdown already: made of `code`, `prose` and words of ours. */
  readonly cells: readonly string[]
  /** What the report is about: the last to go when there is no room for all rows. */
  readonly important?: boolean
}

export interface Table {
  /** A line of Markdown above it. */
  readonly title?: string
  readonly columns: readonly { readonly name: string; readonly right?: boolean }[]
  readonly rows: readonly Row[]
  /** Shown folded, below this line, when it has many rows. */
  readonly folded?: string
}

/** A part of a document: Markdown that stays, or a table that may lose rows. */
export type Block = string | Table

/** More rows than this are folded where the table says so. */
const MANY_ROWS = 40

const bytes = (text: string) => Buffer.byteLength(text)

/** Room for the sentence about what was left out. */
const NOTE_BYTES = 200

/**
 * The blocks as one document of at most `maxBytes`, as far as its fixed parts allow. Rows that do not fit are left out, the
 * unimportant first, and their number is told.
 */
export function renderMarkdown(blocks: readonly Block[], maxBytes: number): string {
  const tables = blocks.filter(block => typeof block !== 'string')
  const fixed = blocks.reduce((sum, block) => sum + (typeof block === 'string' ? bytes(block) + 2 : 0), 0)
  const kept = chooseRows(tables, maxBytes - fixed - NOTE_BYTES)
  const parts = blocks.flatMap(block => {
    if (typeof block === 'string') return [block]
    const rows = block.rows.filter(row => kept.has(row))
    return rows.length > 0 ? [tableText(block, rows)] : []
  })
  const leftOut = tables.reduce((sum, { rows }) => sum + rows.length, 0) - kept.size
  if (leftOut > 0)
    parts.push(
      `${leftOut.toLocaleString('en-US')} rows left out for want of room; the report with \`--json\` has all.`,
    )
  return `${parts.join('\n\n')}\n`
}

function chooseRows(tables: readonly Table[], room: number): ReadonlySet<Row> {
  const kept = new Set<Row>()
  const begun = new Set<Table>()
  let left = room
  for (const important of [true, false]) {
    for (const table of tables) {
      for (const row of table.rows) {
        if ((row.important === true) !== important) continue
        const cost =
          bytes(rowText(row)) + 1 + (begun.has(table) ? 0 : bytes(tableText(table, [])) + FOLD_BYTES)
        if (cost > left) return kept
        left -= cost
        begun.add(table)
        kept.add(row)
      }
    }
  }
  return kept
}

/** What folding adds around a table, at the most. */
const FOLD_BYTES = 80

// A pipe or a line break in a cell is a mistake of ours; it must not shift the columns all the same.
const rowText = ({ cells }: Row) =>
  `| ${cells.map(cell => cell.replaceAll('|', '&#124;').replace(/[\r\n]+/g, ' ')).join(' | ')} |`

function tableText({ title, columns, folded }: Table, rows: readonly Row[]): string {
  const lines = [
    rowText({ cells: columns.map(({ name }) => name) }),
    `| ${columns.map(({ right }) => (right ? '---:' : '---')).join(' | ')} |`,
    ...rows.map(rowText),
  ]
  const table = lines.join('\n')
  const shown =
    folded !== undefined && rows.length > MANY_ROWS
      ? `<details><summary>${folded}</summary>\n\n${table}\n\n</details>`
      : table
  return title === undefined ? shown : `${title}\n\n${shown}`
}
