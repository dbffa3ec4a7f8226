import { EXIT } from '../../core/exit-codes.ts'
import { formatDuration, plural } from '../../core/units.ts'
import type { Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import type { MigrateReport } from '../report.ts'
import type { GeneratedManifest } from './generate-manifest.ts'
import { remedyFor } from './remedy.ts'
import type { VerifyOutcome } from './verify.ts'

/** Exit code 0: equal as far as the history is applied; 6: drift. */
export function reportVerify(outcome: VerifyOutcome): MigrateReport {
  const { differences, notes, pending, expectation, major, schemas, objects } = outcome
  const equal = differences.length === 0
  const exit = equal ? EXIT.done : EXIT.unhealthy
  const rows = differences.map(difference => ({ ...difference, remedy: remedyFor(difference) ?? null }))
  const data = {
    ok: equal,
    differences: rows,
    pending,
    notes,
    expectation,
    postgres: major,
    schemas,
    objects,
    exitCode: exit,
  }
  const lines = [
    ...rows.flatMap(differenceLines),
    ...notes.map(note => `· ${note}`),
    ...pending.map(each => `… ${each}  pending, so not expected`),
    equal ? equalLine(outcome) : driftLine(differences.length),
  ]
  return { data, text: lines.join('\n'), exit }
}

/** That nothing differs, and what that rests on. */
export function equalLine({ objects, major, expectation, pending }: VerifyOutcome): string {
  const from =
    expectation.source === 'manifest'
      ? 'the manifest'
      : `a shadow of PostgreSQL ${major}, built in ${formatDuration(expectation.durationMs)} (${expectation.reason})`
  const extent = pending.length > 0 ? 'the applied part of its history' : 'its history'
  return `The schema is what ${extent} says: ${plural(objects, 'object')}, compared with ${from}.`
}

const driftLine = (count: number) =>
  `${plural(count, 'difference')} between the schema and its history. Undo what was done by hand, or put it into a migration: ` +
  'the next environment has only the history.'

function differenceLines(difference: Difference & { readonly remedy: string | null }): string[] {
  const { kind, object, attribute, expected, found, remedy } = difference
  const values =
    kind === 'changed'
      ? [`    history   ${shownValue(expected)}`, `    database  ${shownValue(found)}`]
      : [`    ${kind === 'missing' ? 'history   ' : 'database  '}${shownValue(expected ?? found)}`]
  return [
    `✘ ${kind.padEnd(7)}  ${object}${attribute ? `: ${attribute}` : ''}`,
    ...values,
    ...(remedy === null ? [] : [`    as history has it: ${remedy};`]),
  ]
}

/** A value on one line of a report. */
export function shownValue(value: Difference['expected']): string {
  if (value === null) return 'none'
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.join(', ')
  const definition = (value as Readonly<Record<string, unknown>>).definition
  if (typeof definition === 'string') return quoted(definition)
  const parts = Object.entries(value).map(([key, each]) => `${key} ${shownValue(each)}`)
  return parts.join(', ') || 'an object of that name'
}

const LONGEST = 300

function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line
}

export function reportManifest({
  path,
  manifest,
  differing,
  leftOut,
  unproved,
}: GeneratedManifest): MigrateReport {
  const { majors, objects, schemas, files, rollbacks = {} } = manifest
  const proved = Object.keys(rollbacks).length
  const exit = unproved.length === 0 ? EXIT.done : EXIT.unhealthy
  const data = {
    ok: unproved.length === 0,
    path,
    majors,
    schemas,
    objects: objects.length,
    files: Object.keys(files).length,
    differing,
    leftOut,
    rollbacks: proved,
    unproved,
    exitCode: exit,
  }
  const lines = [
    ...differing.map(object => `· ${object} is not alike on all versions`),
    ...leftOut.map(({ major, reason }) => `! not made on PostgreSQL ${major}: ${reason}`),
    ...unproved.flatMap(({ migration, majors: on, problems }) =>
      problems.map(problem => `✘ ${migration} (PostgreSQL ${on.join(', ')}): ${problem}`),
    ),
    `Wrote ${path}: ${plural(objects.length, 'object')}, the same on PostgreSQL ${majors.join(', ')}${differing.length > 0 ? ' but for those named' : ''}${proved > 0 ? `; ${plural(proved, 'way')} back proved` : ''}. Commit it.`,
    ...(unproved.length > 0
      ? [
          `${plural(unproved.length, 'down.sql', 'down.sql')} not proved: \`howdah migrate rollback\` refuses it.`,
        ]
      : []),
  ]
  return { data, text: lines.join('\n'), exit }
}
