import { loadModule, parseSync } from 'libpg-query'

/** Splits a script with Postgres' own parser, so a `;` in a string, a comment or a `$$` body splits nothing. */
export async function sqlStatements(script: string): Promise<string[]> {
  await loadModule()
  // The parser counts bytes, and gives a last statement without a length the rest of the script.
  const bytes = Buffer.from(script, 'utf8')
  return (parseSync(script).stmts ?? []).map(({ stmt_location = 0, stmt_len }) => {
    const end = stmt_len ? stmt_location + stmt_len : bytes.length
    return bytes.subarray(stmt_location, end).toString('utf8').trim()
  })
}
