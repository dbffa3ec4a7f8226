import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError } from '../../core/errors.ts'
import { withReleases } from '../../core/release-stack.ts'
import type { Catalogue } from '../../postgres/catalogue/catalogue.ts'
import { type CatalogueComparison, compareCatalogues } from '../../postgres/catalogue/compare-catalogues.ts'
import { readCatalogue } from '../../postgres/catalogue/read-catalogue.ts'
import type { Connection } from '../../postgres/connect.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import { type MigrateOptions, openReader } from '../history/inspect.ts'
import { type AppliedHistory, readAppliedHistory, writeAppliedFolder } from './applied-history.ts'
import { catalogueOf, changedFiles, historyFiles, type Manifest, readManifest } from './manifest.ts'
import { readShadowCatalogue } from './shadow.ts'

export interface VerifyOptions extends MigrateOptions {
  /** Build a shadow even where the manifest would do. */
  readonly shadow: boolean
}

/** Where the expectation came from. */
export type Expectation =
  | { readonly source: 'manifest' }
  | { readonly source: 'shadow'; readonly reason: string; readonly durationMs: number }

export interface VerifyOutcome extends CatalogueComparison {
  readonly expectation: Expectation
  readonly major: number
  readonly schemas: readonly string[]
  /** How many objects the history yields. */
  readonly objects: number
  /** What of the history is not in the database yet; it is not expected there, so it is no drift. */
  readonly pending: readonly string[]
}

/**
 * Compares a live schema with the one its history yields. Changes nothing, takes no lock, works on a replica.
 * @throws HowdahError manifest-stale, manifest-unreadable, schema-unverifiable, and of connecting
 */
export async function verify(options: VerifyOptions): Promise<VerifyOutcome> {
  const manifest = options.shadow ? undefined : await readFreshManifest(options.folder)
  await using connection = await openReader(options, 'migrate verify')
  const { major } = await readServerFacts(connection)
  const history = await readAppliedHistory(connection, options.folder)
  const reason = options.shadow ? '--shadow' : whyNot(manifest, history, connection, major)
  const { expected, expectation } =
    manifest && reason === undefined
      ? { expected: catalogueOf(manifest, major), expectation: { source: 'manifest' } as const }
      : await expectShadow(options, connection, major, history, reason ?? '')
  const live = await readCatalogue(connection, expected.schemas)
  const { differences, notes } = compareCatalogues(expected, live)
  const edited = history.edited.map(
    name => `${name}/migration.sql was edited after it was applied; compared is what it says now`,
  )
  return {
    differences,
    notes: [...edited, ...notes],
    expectation,
    major,
    schemas: expected.schemas,
    objects: expected.objects.length,
    pending: history.pending,
  }
}

async function readFreshManifest(folder: DatabaseFolder): Promise<Manifest | undefined> {
  const manifest = await readManifest(folder)
  if (!manifest) return undefined
  const changed = changedFiles(manifest, await historyFiles(folder))
  const [first] = changed
  if (first === undefined) return manifest
  const params = { database: folder.name, first, more: changed.length - 1 }
  throw new HowdahError('manifest-stale', params, { details: { changed } })
}

/** Why a fresh manifest does not answer for this database; `undefined` when it does. */
function whyNot(
  manifest: Manifest | undefined,
  { pending }: AppliedHistory,
  { target }: Connection,
  major: number,
): string | undefined {
  if (!manifest) return 'there is no manifest'
  if (pending.length > 0) return 'the manifest is of the whole history, of which a part is pending'
  if (manifest.schema !== target.schema)
    return `the manifest is of the schema ${manifest.schema}, the URL's is ${target.schema}`
  if (!manifest.majors.includes(major)) return `the manifest was not made on PostgreSQL ${major}`
  return undefined
}

async function expectShadow(
  { folder, runtime }: VerifyOptions,
  { target }: Connection,
  major: number,
  history: AppliedHistory,
  reason: string,
): Promise<{ expected: Catalogue; expectation: Expectation }> {
  const { schema, database } = target
  const progress = runtime.progress.step(`Building the schema on a shadow server (${reason})`)
  const started = runtime.clock.monotonicMs()
  try {
    const expected = await withReleases(async releases => {
      const applied = await writeAppliedFolder(folder, history, releases)
      return readShadowCatalogue({ folder: applied, major, schema, database }, runtime)
    })
    progress.done()
    const durationMs = Math.round(runtime.clock.monotonicMs() - started)
    return { expected, expectation: { source: 'shadow', reason, durationMs } }
  } catch (error) {
    progress.fail()
    if (!(error instanceof HowdahError) || error.code === 'interrupted') throw error
    const why = `the shadow server did not get there: ${error.message}`
    throw new HowdahError('schema-unverifiable', { reason: why }, { cause: error, details: error.details })
  }
}
