import { scanSync } from 'libpg-query'

/** The parts of a CREATE INDEX statement that stay the same when it is made for another table. */
export interface IndexParts {
  readonly unique: boolean
  /** Everything behind the table's name: method, columns, INCLUDE, WITH, TABLESPACE, WHERE. */
  readonly tail: string
}

/**
 * Takes a CREATE INDEX statement apart by the server's own scanner. The parser must be loaded, as it is once a script was
 * parsed.
 */
export function takeIndexApart(text: string): IndexParts {
  const bytes = Buffer.from(text)
  const tokens = scanSync(text).tokens.filter(
    ({ tokenName }) => tokenName !== 'SQL_COMMENT' && tokenName !== 'C_COMMENT',
  )
  const word = (index: number) => tokens[index]?.text.toUpperCase()
  // A reserved word that is quoted keeps its quotes in the token, so this is the statement's own ON.
  let at = tokens.findIndex((_, index) => word(index) === 'ON') + 1
  if (word(at) === 'ONLY') at += 1
  while (tokens[at + 1]?.text === '.') at += 2
  const end = tokens[at]?.end ?? bytes.length
  return { unique: word(1) === 'UNIQUE', tail: bytes.toString('utf8', end).trim() }
}
