import { type Block, code, prose } from '../../core/markdown.ts'
import { plural } from '../../core/units.ts'
import type { Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { remedyFor } from '../verify/remedy.ts'
import { equalLine, shownValue } from '../verify/report.ts'
import type { VerifyOutcome } from '../verify/verify.ts'

/** In what a schema differs from its history, for a page of a CI system. */
export function summarizeVerify(outcome: VerifyOutcome): Block[] {
  const { differences, notes, pending } = outcome
  const blocks: Block[] = []
  if (differences.length === 0)
    blocks.push('## ✔ The schema is what its history says', `Result: ${prose(equalLine(outcome))}`)
  else
    blocks.push(
      `## ✖ ${plural(differences.length, 'difference')} between the schema and its history`,
      'Undo what was done by hand, or put it into a migration: the next environment has only the history.',
      {
        columns: [
          { name: 'difference' },
          { name: 'object' },
          { name: 'history' },
          { name: 'database' },
          { name: 'as history has it' },
        ],
        rows: differences.map(each => ({ cells: differenceCells(each) })),
        folded: plural(differences.length, 'difference'),
      },
    )
  if (pending.length > 0) blocks.push(listOf('pending, so not expected', pending))
  if (notes.length > 0) blocks.push(listOf('note: no difference', notes))
  return blocks
}

function differenceCells(difference: Difference): string[] {
  const { kind, object, attribute, expected, found } = difference
  const remedy = remedyFor(difference)
  const value = (side: Difference['expected'], there: boolean) => (there ? code(shownValue(side)) : '—')
  return [
    attribute === undefined ? kind : `${kind}: ${prose(attribute)}`,
    code(object),
    value(expected, kind !== 'extra'),
    value(found, kind !== 'missing'),
    remedy === undefined ? '' : code(`${remedy};`, 600),
  ]
}

const listOf = (title: string, values: readonly string[]): Block => ({
  columns: [{ name: title }],
  rows: values.map(value => ({ cells: [code(value)] })),
  folded: plural(values.length, 'line'),
})
