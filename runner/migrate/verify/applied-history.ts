import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError } from '../../core/errors.ts'
import type { ReleaseStack } from '../../core/release-stack.ts'
import { plural } from '../../core/units.ts'
import { readRepeatables } from '../../ledger/repeatables.ts'
import type { Connection } from '../../postgres/connect.ts'
import { type Inspection, inspect } from '../history/inspect.ts'
import { type Plan, planDeploy } from '../plan/plan.ts'
import { planRepeatables } from '../plan/repeatable-plan.ts'
import { readScript } from '../plan/script.ts'
import { everyGate } from './every-gate.ts'

/** How much of the history on disk is in the database. */
export interface AppliedHistory {
  /** What is not, in words: `20240101000000_init`, `2 extra statements of …`. */
  readonly pending: readonly string[]
  /** The files of what is, in order. */
  readonly applied: readonly { readonly name: string; readonly script: string; readonly extra: string }[]
  /** Texts of `repeatable/` by name. */
  readonly repeatables: ReadonlyMap<string, string>
  /** Migrations whose file is not the one that was applied; what counts here is the file. */
  readonly edited: readonly string[]
}

/**
 * Reads how far the database is. Changes nothing.
 * @throws HowdahError schema-unverifiable when disk and history do not tell what the schema should be
 */
export async function readAppliedHistory(
  connection: Connection,
  folder: DatabaseFolder,
): Promise<AppliedHistory> {
  return appliedHistoryOf(connection, folder, await inspect(connection, folder))
}

/** The same of what was inspected already, for a caller that has a view of its own on it. @throws as `readAppliedHistory` */
export async function appliedHistoryOf(
  connection: Connection,
  folder: DatabaseFolder,
  { comparison, history }: Inspection,
): Promise<AppliedHistory> {
  const refuse = (reason: string, cause?: unknown) =>
    new HowdahError('schema-unverifiable', { reason }, { cause })
  const [gone] = comparison.missingOnDisk
  if (gone !== undefined) throw refuse(`migration ${gone} is applied but not on disk`)
  const half = comparison.migrations.find(({ state }) => state === 'recoverable')
  if (half)
    throw refuse(`migration ${half.files.name} failed half way; \`howdah migrate deploy\` goes on from there`)
  let plan: Plan
  try {
    plan = await planDeploy(comparison, history, connection.target.schema, everyGate('verify'))
  } catch (error) {
    if (error instanceof HowdahError) throw refuse(error.message, error)
    throw error
  }
  const planned = new Map(plan.migrations.map(migration => [migration.name, migration]))
  const applied = []
  for (const { files } of comparison.migrations) {
    const outstanding = planned.get(files.name)
    if (outstanding?.recordsHistory) continue
    const left = new Set(outstanding?.steps.map(step => step.ordinal))
    const extra = left.size > 0 ? await withoutStatements(files.name, files.extra, left) : files.extra
    applied.push({ name: files.name, script: files.script ?? '', extra })
  }
  const pending = plan.migrations.map(({ name, recordsHistory, steps }) =>
    recordsHistory ? name : `${plural(steps.length, 'extra statement')} of ${name}`,
  )
  const { all, changed } = await planRepeatables(connection, folder.directory)
  const before = await readRepeatables(connection)
  const replaced = changed.find(({ name }) => before.has(name))
  // The ledger has the checksum of what was applied, not its text: nobody can tell what the schema should be now.
  if (replaced) throw refuse(`repeatable/${replaced.name} changed since it was applied; deploy first`)
  const unchanged = all.filter(each => !changed.includes(each))
  const repeatables = new Map(unchanged.map(({ name, script }) => [name, script.text]))
  pending.push(...changed.map(({ name }) => `repeatable/${name}`))
  const edited = comparison.migrations.flatMap(({ files, state }) => (state === 'edited' ? [files.name] : []))
  return { pending, applied, repeatables, edited }
}

async function withoutStatements(
  migration: string,
  text: string,
  left: ReadonlySet<number>,
): Promise<string> {
  const { statements } = await readScript(migration, 'extra.sql', text)
  return (
    statements
      .filter((_, ordinal) => !left.has(ordinal))
      // On a line of its own: a statement may end in a comment.
      .map(statement => `${statement.text}\n;\n`)
      .join('')
  )
}

/** The applied part of a history as a folder of its own, for as long as `releases` keeps it. */
export async function writeAppliedFolder(
  folder: DatabaseFolder,
  { applied, repeatables }: AppliedHistory,
  releases: ReleaseStack,
): Promise<DatabaseFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-history-'))
  releases.push(`removing ${directory}`, () => rm(directory, { recursive: true, force: true }))
  const migrations = join(directory, 'migrations')
  await mkdir(migrations)
  for (const { name, script, extra } of applied) {
    await mkdir(join(migrations, name))
    await writeFile(join(migrations, name, 'migration.sql'), script)
    if (extra) await writeFile(join(migrations, name, 'extra.sql'), extra)
  }
  await mkdir(join(directory, 'repeatable'))
  for (const [name, text] of repeatables) await writeFile(join(directory, 'repeatable', name), text)
  return { ...folder, directory, migrations }
}
