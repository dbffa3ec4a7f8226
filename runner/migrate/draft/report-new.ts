import { EXIT } from '../../core/exit-codes.ts'
import type { MigrateReport } from '../report.ts'
import type { Kept } from './keep.ts'
import type { NewOutcome } from './new-migration.ts'

export function reportNew(outcome: NewOutcome): MigrateReport {
  const { migration, script, down, written, renames, kept, losses, downProblems, left, manifest } = outcome
  const data = {
    ok: true,
    migration: migration ?? null,
    written,
    script,
    down,
    renames: renames.map(({ kind, from, to }) => ({ kind, from, to })),
    kept,
    destructive: losses,
    downProblems,
    left,
  }
  const lines = [
    ...renames.map(({ kind, from, to }) => `→ ${kind} ${from} is renamed to ${to}`),
    ...keptLines(kept),
    ...losses.map(({ object, what }) => `! ${object} ${what}`),
  ]
  if (migration === undefined) {
    lines.push('Nothing to do: the history leads to the schema. For SQL written by hand: --empty.')
    return { data, text: lines.join('\n'), exit: EXIT.done }
  }
  if (left !== '')
    lines.push(
      '! after it Prisma would still do:',
      ...left
        .trim()
        .split('\n')
        .map(line => `    ${line}`),
    )
  if (downProblems.length > 0)
    lines.push(
      '! down.sql is a draft that rollback refuses:',
      ...downProblems.map(problem => `    ${problem}`),
    )
  if (written.length > 0) {
    lines.push(...written.map(path => `Wrote ${path}`))
    if (manifest) lines.push('Then renew the manifest: `howdah migrate verify --write-manifest`.')
  } else {
    lines.push(`-- ${migration}/migration.sql`, script.trimEnd(), `-- ${migration}/down.sql`, down.trimEnd())
    lines.push('Nothing was written (--dry-run).')
  }
  return { data, text: lines.join('\n'), exit: EXIT.done }
}

export const keptLines = (kept: readonly Kept[]) =>
  kept.map(({ object, reason }) => `= ${object} stays: ${reason}`)
