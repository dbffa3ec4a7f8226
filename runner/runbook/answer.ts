import type { FieldDef, QueryArrayResult } from 'pg'

/** What became of a question. */
export type Answer = { readonly question: string; readonly tells: string; readonly means: string } & (
  | {
      readonly state: 'answered'
      readonly columns: readonly string[]
      /** As the server writes them; `null` is NULL. */
      readonly rows: readonly (readonly (string | null)[])[]
      /** Whether there were more rows. */
      readonly more: boolean
      /** `host:port` of the console that answered; absent for the database. */
      readonly pooler?: string
    }
  | { readonly state: 'skipped'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string; readonly hint: string; readonly pooler?: string }
)

export type Outcome = Answer extends infer A ? (A extends Answer ? Omit<A, keyof Asked> : never) : never

interface Asked {
  readonly question: string
  readonly tells: string
  readonly means: string
}

/** More rows than this help nobody at three in the morning. */
export const MOST_ROWS = 50

/** Columns that hold what somebody ran, or what it failed with: there may be data of customers in it. */
const PRIVATE_COLUMNS: readonly string[] = ['query', 'logs', 'error']
const HIDDEN = '[hidden: --show-queries]'

/** How a query has to be sent so that values come as the server writes them, in the order of the columns. */
export const asText = (text: string) => ({
  text,
  rowMode: 'array' as const,
  types: { getTypeParser: () => (value: string) => value },
})

export function answered(
  { fields, rows }: Pick<QueryArrayResult<(string | null)[]>, 'rows'> & { readonly fields: FieldDef[] },
  showQueries: boolean,
): Extract<Outcome, { state: 'answered' }> {
  const columns = fields.map(({ name }) => name)
  const shown = rows
    .slice(0, MOST_ROWS)
    .map(row =>
      row.map((value, index) =>
        value !== null && !showQueries && PRIVATE_COLUMNS.includes(columns[index] ?? '') ? HIDDEN : value,
      ),
    )
  return { state: 'answered', columns, rows: shown, more: rows.length > MOST_ROWS }
}
