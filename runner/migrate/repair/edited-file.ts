import { checksum } from '../history/checksum.ts'
import type { EditedMigration, Evidence } from './evidence.ts'
import { agrees } from './extent.ts'
import { inWords } from './failed-row.ts'
import type { LeftAlone, Repair, RepairPlan } from './repair-plan.ts'
import { isUnchanged, nameStatements } from './same-statements.ts'
import { shellArgument } from './shell-argument.ts'

/** Files that were edited after they were applied: may the record say what they say now? */
export function planEditedFiles({ edited, replay }: Evidence): RepairPlan {
  const repairs: Repair[] = []
  const left: LeftAlone[] = []
  for (const migration of edited) {
    const { name, row, text } = migration
    const verdict = judge(migration, replay)
    if (verdict.ok) {
      repairs.push({
        kind: 'checksum',
        subject: name,
        migration: name,
        rowId: row.id,
        recorded: row.checksum,
        checksum: checksum(text),
        action: 'bring the recorded checksum up to date',
        proof: verdict.proof,
      })
    } else left.push({ kind: 'checksum', subject: name, reason: verdict.reason, instead: verdict.instead })
  }
  return { repairs, left }
}

const NOT_IN_GIT = '; the text that ran is not in git here'

type Verdict =
  | { readonly ok: true; readonly proof: string }
  | { readonly ok: false; readonly reason: string; readonly instead: readonly string[] }

function judge({ path, change, unshown }: EditedMigration, replay: Evidence['replay']): Verdict {
  const leave = (reason: string): Verdict => ({
    ok: false,
    reason,
    instead: [
      `Put the applied text back (git log -p -- ${shellArgument(path)} shows it) and the change into a new migration;`,
      'or let it through on record: howdah migrate deploy --allow "edited=<reason>"',
    ],
  })
  if (change && isUnchanged(change))
    return { ok: true, proof: 'git has the text that ran: the edit changed comments and white space alone' }
  if (unshown.length > 0)
    return leave(
      `${change ? 'the edit is about' : 'it holds'} statements whose effect the schema does not show: ${nameStatements(unshown)}${change ? '' : NOT_IN_GIT}`,
    )
  if (!replay.ok) return leave(`whether the edit changed anything cannot be compared: ${replay.reason}`)
  if (!agrees(replay.value)) {
    const differences = replay.value.steps[0]?.differences ?? []
    const shown = differences.slice(0, 5).map(inWords).join('; ')
    return leave(`the schema is not what the files say: ${shown}${differences.length > 5 ? '; …' : ''}`)
  }
  const limit = change
    ? ''
    : `${NOT_IN_GIT}: rows it may have changed, and the file no longer speaks of, would not show`
  return {
    ok: true,
    proof: `the schema is what the files say, this one as it is now${limit}`,
  }
}
