import type { CopyValue } from '../../../../runner/seed/copy-text.ts'

/** One table of a load. */
export interface LoadTable {
  readonly table: string
  readonly columns: readonly string[]
  readonly count: number
  /** The rows, in order. The yielded array is the same each time and is overwritten by the next row. */
  rows(): Generator<readonly CopyValue[]>
  /** Values of the key columns of a row, which tell whether it is there. */
  readonly key: (index: number) => Readonly<Record<string, string | number>>
}
