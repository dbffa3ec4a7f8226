import { hasSqlDetails, loadModule, type Node, parseSync, scanSync } from 'libpg-query'
import { offsetOfCodePoint, positionAt } from './position.ts'

/** One statement of a script, without the comments before it and the semicolon behind it. */
export interface Statement {
  /** Its place among the script's statements, from 0. */
  readonly index: number
  readonly text: string
  /** UTF-16 offset of its first character in the script. */
  readonly start: number
  /** Line of its first character, from 1. */
  readonly line: number
  /** Postgres' parse tree (libpg-query, grammar of version 18). */
  readonly node: Node
}

export type ParsedScript =
  | { readonly ok: true; readonly statements: readonly Statement[] }
  /** `offset` is the UTF-16 offset of the place the grammar stumbled over. */
  | { readonly ok: false; readonly reason: string; readonly offset: number }

/**
 * Splits a script with Postgres' own parser: dollar quotes, nested comments, semicolons in strings and SQL-standard
 * function bodies are what the server says they are.
 */
export async function parseScript(script: string): Promise<ParsedScript> {
  // Before the parser is loaded: a run with nothing to do should not pay for it.
  if (script.trim() === '') return { ok: true, statements: [] }
  await loadModule()
  try {
    const toOffset = byteToOffset(script)
    const statements = (parseSync(script).stmts ?? []).map((raw, index): Statement => {
      const startByte = raw.stmt_location ?? 0
      const start = toOffset(startByte)
      // A length of 0 means "to the end of the script": the last statement has no semicolon.
      const end = raw.stmt_len ? toOffset(startByte + raw.stmt_len) : script.length
      const text = script.slice(start, end).trimEnd()
      return { index, text, start, line: positionAt(script, start).line, node: raw.stmt ?? ({} as Node) }
    })
    return { ok: true, statements }
  } catch (error) {
    if (!hasSqlDetails(error)) throw error
    const offset = offsetOfCodePoint(script, error.sqlDetails?.cursorPosition ?? 0)
    return { ok: false, reason: error.message, offset }
  }
}

/** The parser counts bytes of UTF-8; JavaScript counts UTF-16 units. Offsets must be asked for in ascending order. */
function byteToOffset(script: string): (byte: number) => number {
  const bytes = Buffer.from(script)
  if (bytes.length === script.length) return byte => byte
  let knownByte = 0
  let knownOffset = 0
  return byte => {
    if (byte < knownByte) {
      knownByte = 0
      knownOffset = 0
    }
    knownOffset += bytes.toString('utf8', knownByte, byte).length
    knownByte = byte
    return knownOffset
  }
}

const SUMMARY_LENGTH = 100

/** A statement on one line with its string constants taken out, so that no literal (a password, say) reaches a log or the ledger. */
export function summarize({ text }: Pick<Statement, 'text'>): string {
  const bytes = Buffer.from(text)
  let line = ''
  let copied = 0
  for (const token of scanSync(text).tokens) {
    const isComment = token.tokenName === 'SQL_COMMENT' || token.tokenName === 'C_COMMENT'
    if (!isComment && !STRING_CONSTANT.test(token.text)) continue
    line += bytes.toString('utf8', copied, token.start) + (isComment ? '' : "'…'")
    copied = token.end
  }
  line = `${line}${bytes.toString('utf8', copied)}`.replace(/\s+/g, ' ').trim()
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH - 1)}…` : line
}

/** Plain, escape, Unicode, bit, hexadecimal and dollar-quoted strings. The scanner gives some of them no name of their own. */
const STRING_CONSTANT = /^((E|U&|B|X|N)?'|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)/i
