import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import { MAJORS } from '../../embedded/server-package.ts'
import type { Catalogue } from '../../postgres/catalogue/catalogue.ts'
import { differingObjects, historyFiles, type Manifest, toManifest, writeManifest } from './manifest.ts'
import { readShadowCatalogue } from './shadow.ts'

export interface GenerateOptions {
  readonly folder: DatabaseFolder
  /** The schema the manifest is for: that of the URLs it will be compared under. */
  readonly schema: string
  readonly runtime: Runtime
}

export interface GeneratedManifest {
  readonly path: string
  readonly manifest: Manifest
  /** Objects that do not look alike on all majors; usually definitions that a newer server prints in another way. */
  readonly differing: readonly string[]
  /** Major versions it could not be made on, and why. */
  readonly leftOut: readonly { readonly major: number; readonly reason: string }[]
}

/**
 * Applies the history on a shadow of every supported major version and writes down what it yields. Needs no database.
 * A version the history does not run on is left out, and named.
 * @throws HowdahError of the newest version, when it runs on none
 */
export async function generateManifest({
  folder,
  schema,
  runtime,
}: GenerateOptions): Promise<GeneratedManifest> {
  const files = await historyFiles(folder)
  const catalogues = new Map<number, Catalogue>()
  const leftOut: { major: number; reason: string }[] = []
  let failure: HowdahError | undefined
  for (const major of MAJORS) {
    const progress = runtime.progress.step(`Applying the history on a shadow of PostgreSQL ${major}`)
    try {
      const wish = { folder, major, schema, database: folder.name }
      catalogues.set(major, await readShadowCatalogue(wish, runtime))
      progress.done()
    } catch (error) {
      progress.fail()
      if (!(error instanceof HowdahError) || runtime.signal.aborted) throw error
      failure = error
      leftOut.push({ major, reason: error.message })
    }
  }
  if (failure && catalogues.size === 0) throw failure
  const manifest = toManifest(schema, files, catalogues)
  const path = await writeManifest(folder, manifest)
  return { path, manifest, differing: differingObjects(manifest), leftOut }
}
