import { errorBlocks } from '../../core/error-markdown.ts'
import { type Block, code, type Row } from '../../core/markdown.ts'
import { plural } from '../../core/units.ts'
import type { ComparedMigration, MigrationState } from '../history/compare.ts'
import type { StatusOutcome } from '../status.ts'

const STATE: Readonly<Record<MigrationState, string>> = {
  applied: '✔ applied',
  pending: '… pending',
  edited: '✖ edited after it was applied',
  failed: '✖ failed or cut off, extent unknown',
  'half-undone': '! half undone; rollback goes on from there',
  recoverable: '! failed or cut off; deploy goes on from there',
}

/** Where a database stands, for a page of a CI system. */
export function summarizeStatus(outcome: StatusOutcome): Block[] {
  const { comparison, pendingExtra, pendingRepeatables, refusal } = outcome
  const rows = [
    ...comparison.migrations.map(each => migrationRow(each, pendingExtra.get(each.files.name) ?? 0)),
    ...pendingRepeatables.map(name =>
      row(`repeatable/${name}`, '… new, or changed since it was applied', ''),
    ),
    ...comparison.missingOnDisk.map(name => row(name, '! applied, but not on disk', '')),
  ]
  const blocks: Block[] = [`## ${headline(outcome)}`]
  if (refusal) blocks.push('Deploy would refuse.', ...errorBlocks(refusal))
  if (rows.length > 0)
    blocks.push({
      columns: [{ name: 'state' }, { name: 'migration' }, { name: 'applied at' }],
      rows,
      folded: plural(rows.length, 'row'),
    })
  return blocks
}

function migrationRow({ files, state, row: recorded }: ComparedMigration, extra: number): Row {
  const pending = state === 'applied' && extra > 0
  const text = pending ? `… applied, ${plural(extra, 'extra statement')} pending` : STATE[state]
  return row(files.name, text, recorded?.finishedAt?.toISOString() ?? '', state === 'applied' && !pending)
}

const row = (name: string, state: string, at: string, ordinary = false): Row => ({
  cells: [state, code(name), at],
  important: !ordinary,
})

function headline({ comparison, pendingExtra, pendingRepeatables, refusal }: StatusOutcome): string {
  const { migrations } = comparison
  const count = (...states: readonly MigrationState[]) =>
    migrations.filter(({ state }) => states.includes(state)).length
  const extra = migrations.filter(
    ({ state, files }) => state === 'applied' && (pendingExtra.get(files.name) ?? 0) > 0,
  ).length
  const parts = [
    [count('pending'), 'pending'],
    [count('failed', 'recoverable'), 'failed'],
    [count('edited'), 'edited'],
    [extra, 'with extra SQL pending'],
    [pendingRepeatables.length, 'changed in repeatable/'],
  ] as const
  const said = parts.flatMap(([amount, what]) => (amount > 0 ? [`${amount} ${what}`] : []))
  if (refusal) return `✖ Deploy would refuse${said.length > 0 ? `: ${said.join(', ')}` : ''}`
  return said.length === 0
    ? `✔ Up to date: ${plural(migrations.length, 'migration')}`
    : `… To do: ${said.join(', ')}`
}
