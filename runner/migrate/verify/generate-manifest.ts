import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import { plural } from '../../core/units.ts'
import { MAJORS } from '../../embedded/server-package.ts'
import type { Catalogue } from '../../postgres/catalogue/catalogue.ts'
import { type MigrationFiles, readMigrationFiles } from '../history/migration-files.ts'
import type { GradedRollback } from '../rollback/grade.ts'
import { proveRollbacks } from '../rollback/prove.ts'
import { gradeHistory } from '../rollback/ways-back.ts'
import {
  differingObjects,
  historyFiles,
  type Manifest,
  toManifest,
  type WrittenRollback,
  writeManifest,
} from './manifest.ts'
import { readShadowCatalogue, type ShadowWish } from './shadow.ts'

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
  /** Ways back that do not lead back, on which major versions, and why. */
  readonly unproved: readonly UnprovedRollback[]
}

export interface UnprovedRollback {
  readonly migration: string
  readonly majors: readonly number[]
  readonly problems: readonly string[]
}

/** What one major version had to say. */
interface Made {
  readonly catalogue: Catalogue
  /** By migration; none: its way back is proved. */
  readonly problems: ReadonlyMap<string, readonly string[]>
}

/**
 * Applies the history on a shadow of every supported major version, tries every way back there is, and writes down what both
 * yield. Needs no database. A version the history does not run on is left out, and named.
 * @throws HowdahError of the newest version, when it runs on none; of reading the files
 */
export async function generateManifest({
  folder,
  schema,
  runtime,
}: GenerateOptions): Promise<GeneratedManifest> {
  const sums = await historyFiles(folder)
  const files = await readMigrationFiles(folder.migrations)
  const grades = await gradeHistory(files)
  const made = new Map<number, Made>()
  const leftOut: { major: number; reason: string }[] = []
  let failure: HowdahError | undefined
  for (const major of MAJORS) {
    const backwards = grades.size > 0 ? `, ${plural(grades.size, 'migration')} also back` : ''
    const progress = runtime.progress.step(
      `Applying the history on a shadow of PostgreSQL ${major}${backwards}`,
    )
    try {
      const wish = { folder, major, schema, database: folder.name }
      made.set(major, await make(wish, files, [...grades.keys()], progress.update, runtime))
      progress.done()
    } catch (error) {
      progress.fail()
      if (!(error instanceof HowdahError) || runtime.signal.aborted) throw error
      failure = error
      leftOut.push({ major, reason: error.message })
    }
  }
  if (failure && made.size === 0) throw failure
  const catalogues = new Map([...made].map(([major, { catalogue }]) => [major, catalogue]))
  const manifest = toManifest(schema, sums, catalogues, provedOf(grades, made, sums))
  const path = await writeManifest(folder, manifest)
  const unproved = unprovedOf(grades, made)
  return { path, manifest, differing: differingObjects(manifest), leftOut, unproved }
}

async function make(
  wish: ShadowWish,
  files: readonly MigrationFiles[],
  names: readonly string[],
  show: (name: string) => void,
  runtime: Runtime,
): Promise<Made> {
  if (names.length === 0) return { catalogue: await readShadowCatalogue(wish, runtime), problems: new Map() }
  const { problems, catalogue } = await proveRollbacks(
    { ...wish, files, names, show, wantsCatalogue: true },
    runtime,
  )
  return { catalogue: catalogue ?? (await readShadowCatalogue(wish, runtime)), problems }
}

const majorsWhere = (
  made: ReadonlyMap<number, Made>,
  name: string,
  test: (problems: readonly string[]) => boolean,
) => [...made].filter(([, { problems }]) => test(problems.get(name) ?? [])).map(([major]) => major)

function provedOf(
  grades: ReadonlyMap<string, GradedRollback>,
  made: ReadonlyMap<number, Made>,
  sums: Manifest['files'],
): Record<string, WrittenRollback> {
  const proved = [...grades].flatMap(([name, { grade }]) => {
    const majors = majorsWhere(made, name, problems => problems.length === 0).sort((a, b) => a - b)
    if (majors.length === 0 || grade === 'impossible') return []
    const extra = sums[`${name}/extra.sql`]
    const written: WrittenRollback = {
      grade,
      up: sums[`${name}/migration.sql`] ?? '',
      ...(extra === undefined ? {} : { extra }),
      down: sums[`${name}/down.sql`] ?? '',
      majors,
    }
    return [[name, written] as const]
  })
  return Object.fromEntries(proved)
}

function unprovedOf(
  grades: ReadonlyMap<string, GradedRollback>,
  made: ReadonlyMap<number, Made>,
): UnprovedRollback[] {
  return [...grades.keys()].flatMap(migration => {
    const majors = majorsWhere(made, migration, problems => problems.length > 0)
    const problems = new Set(majors.flatMap(major => made.get(major)?.problems.get(migration) ?? []))
    return majors.length > 0 ? [{ migration, majors, problems: [...problems] }] : []
  })
}
