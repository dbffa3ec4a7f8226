import { HowdahError } from '../../core/errors.ts'
import { plural } from '../../core/units.ts'
import type { Connection } from '../../postgres/connect.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import { type Comparison, isApplied, migrationOrder } from '../history/compare.ts'
import type { MigrateOptions } from '../history/inspect.ts'
import { changedFiles, historyFiles, type Manifest, readManifest } from '../verify/manifest.ts'
import type { RollbackPlan } from './plan-rollback.ts'
import { proveRollbacks } from './prove.ts'

/** Where the certainty comes from that the way back leads back. */
export type ProofSource =
  | { readonly source: 'manifest' }
  | { readonly source: 'shadow'; readonly reason: string; readonly durationMs: number }

/**
 * Makes sure that undoing each migration of a plan gives the schema before it: by the manifest where that answers, else on a
 * shadow started now.
 * @throws HowdahError rollback-unproved
 */
export async function requireProof(
  { folder, runtime }: Pick<MigrateOptions, 'folder' | 'runtime'>,
  connection: Connection,
  comparison: Comparison,
  plan: RollbackPlan,
): Promise<ProofSource> {
  const { major } = await readServerFacts(connection)
  const reason = await whyNotByManifest(folder, connection, major, plan)
  if (reason === undefined) return { source: 'manifest' }
  const { schema, database } = connection.target
  const names = plan.migrations.map(({ name }) => name)
  const newest = names[0] ?? ''
  const files = comparison.migrations
    .filter(each => isApplied(each) || each.state === 'half-undone')
    .map(each => each.files)
    .filter(({ name }) => migrationOrder(name, newest) <= 0)
  const title = `Trying ${plural(names.length, 'way')} back on a shadow server (${reason})`
  const progress = runtime.progress.step(title)
  const started = runtime.clock.monotonicMs()
  const wish = { folder, major, schema, database, files, names, show: progress.update, wantsCatalogue: false }
  try {
    const { problems } = await proveRollbacks(wish, runtime)
    const found = [...problems].flatMap(([name, each]) => each.map(problem => `${name}: ${problem}`))
    if (found.length > 0)
      throw new HowdahError('rollback-unproved', { problems: found }, { details: { problems: found } })
    progress.done()
    return { source: 'shadow', reason, durationMs: Math.round(runtime.clock.monotonicMs() - started) }
  } catch (error) {
    progress.fail()
    if (!(error instanceof HowdahError) || error.code === 'interrupted') throw error
    if (runtime.signal.aborted) throw runtime.signal.reason
    if (error.code === 'rollback-unproved') throw error
    const problems = [`the proof could not be made: ${error.message}`]
    throw new HowdahError(
      'rollback-unproved',
      { problems },
      { cause: error, details: { problems, ...error.details } },
    )
  }
}

/** Why the manifest does not answer for this database and these files; `undefined` when it does. */
async function whyNotByManifest(
  folder: MigrateOptions['folder'],
  { target }: Connection,
  major: number,
  { migrations }: RollbackPlan,
): Promise<string | undefined> {
  let manifest: Manifest | undefined
  try {
    manifest = await readManifest(folder)
  } catch (error) {
    // A way back is not refused for a file that only saves time.
    if (error instanceof HowdahError) return error.message
    throw error
  }
  if (!manifest) return 'there is no manifest'
  if (manifest.schema !== target.schema)
    return `the manifest is of the schema ${manifest.schema}, the URL's is ${target.schema}`
  const newest = migrations[0]?.name ?? ''
  const current = await historyFiles(folder)
  // Later migrations and repeatables have no part in it.
  const changed = changedFiles(manifest, current).find(path => {
    const name = path.slice(0, path.lastIndexOf('/'))
    return name !== 'repeatable' && migrationOrder(name, newest) <= 0
  })
  if (changed) return `${changed} is not the one the manifest was made from`
  for (const { name } of migrations) {
    const proved = manifest.rollbacks?.[name]
    const sums = [proved?.up, proved?.extra, proved?.down]
    const now = ['migration.sql', 'extra.sql', 'down.sql'].map(file => current[`${name}/${file}`])
    if (!proved || sums.join() !== now.join()) return `the manifest has no proof of ${name}`
    if (!proved.majors.includes(major)) return `${name} was not proved on PostgreSQL ${major}`
  }
  return undefined
}
