import { EXIT } from '../../core/exit-codes.ts'
import type { MigrateReport } from '../report.ts'
import type { DiffOutcome } from './diff.ts'
import { keptLines } from './report-new.ts'

/** Exit code 0; with `exitCode` 6 when there is a difference. The text is SQL as a whole: what is no statement is a comment. */
export function reportDiff(outcome: DiffOutcome, exitCode: boolean): MigrateReport {
  const { from, to, script, statements, kept, losses } = outcome
  const empty = statements.length === 0
  const exit = exitCode && !empty ? EXIT.unhealthy : EXIT.done
  const data = {
    ok: true,
    from,
    to,
    empty,
    script,
    statements: statements.map(({ text }) => text),
    kept,
    destructive: losses,
    exitCode: exit,
  }
  const comments = keptLines(kept).map(line => `-- ${line.replace(/\s+/g, ' ')}`)
  const text = [...comments, empty ? `-- No difference: ${from} and ${to} say the same.` : script.trimEnd()]
  return { data, text: text.join('\n'), exit }
}
