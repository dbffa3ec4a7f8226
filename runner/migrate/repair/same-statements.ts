import type { Node } from 'libpg-query'
import { type Statement, summarize } from '../../sql/parse.ts'

/** Where something stands in the text, in all the names the parser has for that. */
const PLACE = /(^|_)location$|^(stmt_len|rexpr_list_start|rexpr_list_end|list_start|list_end)$/

/** What a statement says, without comments, line breaks and the like; constants included. */
function meaningOf({ node }: { readonly node: Node }): string {
  return JSON.stringify(node, (key, value) => (PLACE.test(key) ? undefined : value))
}

export interface TextChange {
  /** Statements only the text that ran has, and statements only the file has now. */
  readonly gone: readonly Statement[]
  readonly added: readonly Statement[]
}

/** How two texts differ in what they say: what stands between their common beginning and their common end. */
export function changeOf(before: readonly Statement[], now: readonly Statement[]): TextChange {
  const [old, current] = [before.map(meaningOf), now.map(meaningOf)]
  const shorter = Math.min(old.length, current.length)
  let start = 0
  while (start < shorter && old[start] === current[start]) start++
  let end = 0
  while (end < shorter - start && old.at(-1 - end) === current.at(-1 - end)) end++
  return {
    gone: before.slice(start, before.length - end),
    added: now.slice(start, now.length - end),
  }
}

export const isUnchanged = ({ gone, added }: TextChange) => gone.length === 0 && added.length === 0

/** How many statements two texts have in common from the top. */
export function commonBeginning(before: readonly Statement[], now: readonly Statement[]): number {
  const [old, current] = [before.map(meaningOf), now.map(meaningOf)]
  const first = old.findIndex((meaning, index) => meaning !== current[index])
  return first === -1 ? old.length : first
}

const LONGEST_LIST = 3

/** `line 3, INSERT INTO a VALUES ('…')`, for a reason; constants stay out of it. */
export function nameStatements(statements: readonly Statement[]): string {
  const named = statements
    .slice(0, LONGEST_LIST)
    .map(statement => `line ${statement.line}, ${summarize(statement)}`)
  const more = statements.length - named.length
  return named.join('; ') + (more > 0 ? `; and ${more} more` : '')
}
