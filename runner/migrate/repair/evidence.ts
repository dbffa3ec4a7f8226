import { join } from 'node:path'
import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Connection } from '../../postgres/connect.ts'
import { parseScript, type Statement } from '../../sql/parse.ts'
import { schemaOfIndex } from '../execute/concurrent-index.ts'
import { matchesChecksum } from '../history/checksum.ts'
import type { ComparedMigration } from '../history/compare.ts'
import { type Inspection, inspect } from '../history/inspect.ts'
import type { HistoryRow } from '../history/prisma-history.ts'
import { type Plan, planDeploy } from '../plan/plan.ts'
import { locate, readScript, type Script } from '../plan/script.ts'
import { appliedHistoryOf } from '../verify/applied-history.ts'
import { everyGate } from '../verify/every-gate.ts'
import { buildKey, type InvalidIndex, readInvalidIndexes } from './read-invalid-indexes.ts'
import type { RepairKind } from './repair-plan.ts'
import { type Replay, replay } from './replay.ts'
import { changeOf, isUnchanged, type TextChange } from './same-statements.ts'
import { isShownByCatalogue } from './statement-traces.ts'
import { findTextThatRan } from './text-that-ran.ts'

/** Something that was found out, or why it could not be. */
export type Finding<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

/** The file of a migration that another tool left failed. */
export interface FailedFile {
  /** As it ran, which is not always as it is. */
  readonly ran: Script
  readonly now: Script
}

export interface FailedMigration {
  readonly name: string
  readonly row: HistoryRow
  readonly file: Finding<FailedFile>
}

export interface EditedMigration {
  readonly name: string
  /** Where its migration.sql lies. */
  readonly path: string
  readonly row: HistoryRow
  readonly text: string
  /** What the edit changed; `undefined` where the text that ran is not to be had. */
  readonly change: TextChange | undefined
  /** Statements of the change, or of the whole file where that is not known, whose effect no schema shows. */
  readonly unshown: readonly Statement[]
}

/** Everything a plan is made from. */
export interface Evidence {
  readonly folder: DatabaseFolder
  readonly inspection: Inspection
  readonly failed: readonly FailedMigration[]
  readonly edited: readonly EditedMigration[]
  readonly invalid: readonly InvalidIndex[]
  /** Statements that have not taken effect and build an index: where each stands, by `buildKey`. */
  readonly builds: ReadonlyMap<string, string>
  /** What a shadow says; only there where something has to be proved by it. */
  readonly replay: Finding<Replay>
}

/**
 * Reads both sides and, where something needs it, replays the history on a shadow. Changes nothing.
 * @throws HowdahError of `inspect`; what only keeps something from being proved is a finding
 */
export async function gatherEvidence(
  connection: Connection,
  folder: DatabaseFolder,
  kinds: ReadonlySet<RepairKind>,
  runtime: Runtime,
): Promise<Evidence> {
  const inspection = await inspect(connection, folder)
  const failed: FailedMigration[] = []
  const edited: EditedMigration[] = []
  for (const migration of inspection.comparison.migrations) {
    const { row, state } = migration
    if (row && state === 'failed') failed.push(await readFailed(migration, row, inspection, folder, runtime))
    if (row && state === 'edited' && kinds.has('checksum'))
      edited.push(await readEdited(migration, row, folder, runtime.signal))
  }
  const invalid = kinds.has('invalid-index') ? await readInvalidIndexes(connection) : []
  const found = { folder, inspection, failed, edited, invalid, builds: new Map<string, string>() }
  const needed =
    invalid.length > 0 ||
    edited.some(({ change, unshown }) => unshown.length === 0 && !(change && isUnchanged(change))) ||
    (kinds.has('failed-row') && failed.some(({ file }) => file.ok))
  if (!needed) return { ...found, replay: { ok: false, reason: 'nothing asked for it' } }
  try {
    const pretended = asPending(inspection)
    const [ran] = failed.flatMap(({ file }) => (file.ok ? [file.value.ran] : []))
    const history = await appliedHistoryOf(connection, folder, pretended)
    const plan = await planDeploy(
      pretended.comparison,
      pretended.history,
      connection.target.schema,
      everyGate('repair'),
    )
    const builds = invalid.length > 0 ? await outstandingBuilds(connection, plan) : found.builds
    const statements = ran?.statements.map(({ text }) => text) ?? []
    const value = await replay(connection, { folder, history, statements }, runtime)
    return { ...found, builds, replay: { ok: true, value } }
  } catch (error) {
    return { ...found, replay: asReason(error, runtime.signal) }
  }
}

/** A reason that is a value; a bug, an interrupt and a lost connection stay what they are. */
function asReason(error: unknown, signal: AbortSignal): { ok: false; reason: string } {
  signal.throwIfAborted()
  const passing =
    error instanceof HowdahError && error.code !== 'connection-lost' && error.code !== 'internal-error'
  if (!passing) throw error
  return { ok: false, reason: error.message }
}

/** The history without the failed attempt: what of it is there is the question. */
function asPending({ comparison, history }: Inspection): Inspection {
  const failed = comparison.migrations.filter(({ state }) => state === 'failed')
  const [recoverable] = comparison.migrations.filter(({ state }) => state === 'recoverable')
  const refuse = (reason: string) => new HowdahError('schema-unverifiable', { reason })
  if (failed.length > 1) throw refuse(`${failed.length} migrations failed, and none tells how far it came`)
  if (recoverable)
    throw refuse(
      `${recoverable.files.name} failed half way and is on record; \`howdah migrate deploy\` goes on from there`,
    )
  const migrations = comparison.migrations
    .filter(({ state, files }) => state !== 'failed' || files.script !== undefined)
    .map(each => (each.state === 'failed' ? { ...each, state: 'pending' as const, steps: [] } : each))
  return { history, comparison: { ...comparison, migrations } }
}

async function readFailed(
  { files }: ComparedMigration,
  row: HistoryRow,
  { history }: Inspection,
  folder: DatabaseFolder,
  { signal }: Runtime,
): Promise<FailedMigration> {
  const { name, script } = files
  const unknown = (reason: string): FailedMigration => ({ name, row, file: { ok: false, reason } })
  if (script === undefined) return unknown('its migration.sql is not on disk')
  const live = history.rows?.filter(each => each.name === name && each.rolledBackAt === null) ?? []
  if (live.length > 1) return unknown(`the history has ${live.length} rows of it that were not rolled back`)
  const text = matchesChecksum(script, row.checksum)
    ? script
    : await findTextThatRan(join(folder.migrations, name), row.checksum, signal)
  if (text === undefined)
    return unknown('its migration.sql is not the text that ran, and git here does not have that')
  try {
    const ran = await readScript(name, 'migration.sql', text)
    const now = await readScript(name, 'migration.sql', script)
    return { name, row, file: { ok: true, value: { ran, now } } }
  } catch (error) {
    return { name, row, file: asReason(error, signal) }
  }
}

async function readEdited(
  { files }: ComparedMigration,
  row: HistoryRow,
  folder: DatabaseFolder,
  signal: AbortSignal,
): Promise<EditedMigration> {
  const { name, script: text = '' } = files
  const directory = join(folder.migrations, name)
  const ran = await findTextThatRan(directory, row.checksum, signal)
  const [before, now] = [ran === undefined ? undefined : await parseScript(ran), await parseScript(text)]
  const statements = now.ok ? now.statements : []
  const change = before?.ok && now.ok ? changeOf(before.statements, statements) : undefined
  const inQuestion = change ? [...change.gone, ...change.added] : statements
  const unshown = inQuestion.filter(({ node }) => !isShownByCatalogue(node))
  return { name, path: join(directory, 'migration.sql'), row, text, change, unshown }
}

async function outstandingBuilds(connection: Connection, plan: Plan): Promise<Map<string, string>> {
  const builds = new Map<string, string>()
  for (const step of plan.migrations.flatMap(({ steps }) => steps)) {
    const kind = step.scope === 'statement' ? step.statement.kind : undefined
    if (step.scope !== 'statement' || kind?.kind !== 'index-build' || kind.index === undefined) continue
    const schema = await schemaOfIndex(connection, kind.table)
    builds.set(buildKey(schema, kind.table.name, kind.index), locate(step.script, step.statement.start))
  }
  return builds
}
