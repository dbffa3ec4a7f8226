import type { Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { summarize } from '../../sql/parse.ts'
import { checksum } from '../history/checksum.ts'
import type { ClassifiedStatement } from '../plan/script.ts'
import type { Evidence, FailedFile, FailedMigration } from './evidence.ts'
import { findExtent } from './extent.ts'
import type { LeftAlone, RecordedStatement, Repair, RepairPlan } from './repair-plan.ts'
import type { Replay } from './replay.ts'
import { commonBeginning, nameStatements } from './same-statements.ts'
import { shellArgument } from './shell-argument.ts'
import { isSessionSetting, needsItsSession } from './statement-traces.ts'

export function planFailedRows({ failed, replay }: Evidence): RepairPlan {
  const repairs: Repair[] = []
  const left: LeftAlone[] = []
  for (const migration of failed) {
    const planned = planOne(migration, replay)
    if ('reason' in planned) left.push(planned)
    else repairs.push(planned)
  }
  return { repairs, left }
}

function planOne(migration: FailedMigration, replay: Evidence['replay']): Repair | LeftAlone {
  const { name, file } = migration
  const leave = (reason: string, instead = byHand(name)): LeftAlone => ({
    kind: 'failed-row',
    subject: name,
    reason,
    instead,
  })
  if (!file.ok)
    return leave(file.reason, [
      'Put the text that ran back, repair, and correct it then; or:',
      ...byHand(name),
    ])
  if (!replay.ok) return leave(`how far it came cannot be compared: ${replay.reason}`)
  const { ran } = file.value
  const extent = findExtent(replay.value, ran)
  switch (extent.kind) {
    case 'none':
      return leave(noMatch(replay.value, extent.nearest))
    case 'unknown-behind':
      return leave(
        `on a shadow it ends at ${nameStatements([extent.statement])} (${replay.value.stopped}), and what lies behind that may have taken back what it made`,
      )
    case 'ambiguous':
      return leave(
        `the schema does not show whether these took effect: ${nameStatements(extent.statements)}`,
        [
          `Look at the rows they are about. Where they did not, and the schema is as before the file: ${rolledBack(name)}`,
          `Where all of the file did, or you have carried out the rest by hand: ${applied(name)}`,
        ],
      )
    case 'known':
      return conclude(migration, file.value, replay.value, extent) ?? leave(EDITED)
  }
}

const EDITED =
  'the statements that took effect were edited since: of those that are in the file now nobody can say that they ran'

/** @returns `undefined` where the file no longer begins with what took effect */
function conclude(
  { name, row }: FailedMigration,
  { ran, now }: FailedFile,
  replay: Replay,
  { count, upTo }: { readonly count: number; readonly upTo: number },
): Repair | LeftAlone | undefined {
  const total = now.statements.length
  const common = { kind: 'failed-row', subject: name, migration: name } as const
  const proof = proofOf(count, upTo, ran.statements.length)
  const leftover = leftoverOf(replay, count)
  if (count === 0 && !leftover) {
    const action = 'close the failed row as rolled back; deploy runs the file anew'
    return { ...common, how: 'rolled-back', action, proof }
  }
  const unedited = commonBeginning(ran.statements, now.statements)
  if (count > unedited) return undefined
  if (count === total) {
    const action = 'mark it as applied'
    return { ...common, how: 'applied', checksum: checksum(now.text), action, proof }
  }
  const done = now.statements.slice(0, count)
  const bound = done.filter(({ node }) => needsItsSession(node))
  if (bound.length > 0)
    return {
      kind: 'failed-row',
      subject: name,
      reason: `it came as far as ${count} of ${total} statements, but what these made ended with their session: ${nameStatements(bound)}`,
      instead: byHand(name),
    }
  const statements = done.flatMap((statement, ordinal): RecordedStatement[] =>
    // A setting ends with the session it was made in, so the one that goes on has to make it again.
    isSessionSetting(statement.node) ? [] : [recorded(statement, ordinal, 'applied')],
  )
  const next = now.statements[count]
  if (leftover && next && unedited > count) statements.push(recorded(next, count, 'failed'))
  if (statements.length === 0) {
    const action = 'close the failed row as rolled back; deploy runs the file anew'
    return { ...common, how: 'rolled-back', action, proof }
  }
  const action = `put on record that ${count} of ${total} statements took effect; deploy goes on with line ${next?.line}`
  return { ...common, how: 'goes-on', rowStartedAt: row.startedAt, statements, action, proof }
}

function proofOf(count: number, upTo: number, total: number): string {
  if (upTo > count)
    return `the schema is as after ${count} to ${upTo} of its ${total} statements, and those in doubt may run again`
  if (count === 0) return 'the schema is as before the file, and as after no statement of it'
  return `the schema is as after ${count} of its ${total} statements, and as after no other number of them`
}

/** Whether the statement behind the last one that took effect left an INVALID index. */
function leftoverOf({ steps, invalid }: Replay, count: number): boolean {
  return steps[count + 1]?.appeared.some(id => invalid.has(id)) ?? false
}

function recorded(
  statement: ClassifiedStatement,
  ordinal: number,
  state: RecordedStatement['state'],
): RecordedStatement {
  return { ordinal, checksum: checksum(statement.text), summary: summarize(statement), state }
}

const MOST_DIFFERENCES = 5

function noMatch({ steps, stopped }: Replay, nearest: number): string {
  const differences = steps[nearest]?.differences ?? []
  const shown = differences.slice(0, MOST_DIFFERENCES).map(inWords).join('; ')
  const more = differences.length - MOST_DIFFERENCES
  const end = stopped === undefined ? '' : ` (the shadow came no further: ${stopped})`
  return `the schema is as after no number of its statements; nearest is ${nearest} of them${end}, from which it differs in: ${shown}${more > 0 ? `; and ${more} more` : ''}`
}

export function inWords({ kind, object, attribute }: Difference): string {
  return `${kind} ${object}${attribute ? ` (${attribute})` : ''}`
}

const rolledBack = (name: string) => `howdah migrate resolve --rolled-back ${shellArgument(name)}`
const applied = (name: string) => `howdah migrate resolve --applied ${shellArgument(name)}`

const byHand = (name: string) => [
  `Undo what it left behind, then: ${rolledBack(name)}`,
  `Or carry out the rest of it, then: ${applied(name)}`,
]
