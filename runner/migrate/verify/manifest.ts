import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'
import { byId, type Catalogue, type CatalogueObject, objectId } from '../../postgres/catalogue/catalogue.ts'
import { checksum } from '../history/checksum.ts'
import { readMigrationFiles } from '../history/migration-files.ts'
import { readRepeatableFiles } from '../plan/repeatable-files.ts'

/** The version of the file's shape. */
const VERSION = 1

/** What is written down of an object. Notes are not: they differ from server to server. */
interface WrittenObject extends Omit<CatalogueObject, 'notes'> {
  /** The only major versions on which the object is there and looks like this; absent: all of the manifest's. */
  readonly majors?: readonly number[]
}

/** That a migration's way back was tried: up, down and up again gave the same catalogue. */
export interface WrittenRollback {
  readonly grade: 'lossless' | 'lossy'
  /** SHA-256 of the files it was tried with, as in `files`; absent: there is none. */
  readonly up: string
  readonly extra?: string
  readonly down: string
  /** The major versions it was proved on. */
  readonly majors: readonly number[]
}

/** The catalogue a history yields, generated and committed, so that a check in production needs no shadow. */
export interface Manifest {
  readonly version: number
  /** The schema of the URL it was made with. */
  readonly schema: string
  readonly schemas: readonly string[]
  /** Major versions of PostgreSQL it was made on and holds for. */
  readonly majors: readonly number[]
  /** SHA-256 of every file it was made from, by its path below the folder of migrations, or from `repeatable/`. */
  readonly files: Readonly<Record<string, string>>
  /** By migration; those whose way back was not proved are left out. */
  readonly rollbacks?: Readonly<Record<string, WrittenRollback>>
  readonly objects: readonly WrittenObject[]
}

const manifestPath = (folder: DatabaseFolder) => join(folder.directory, 'catalogue.json')

/** A manifest of what the same history yields on several majors. Objects that look alike on all are written once. */
export function toManifest(
  schema: string,
  files: Manifest['files'],
  catalogues: ReadonlyMap<number, Catalogue>,
  rollbacks: NonNullable<Manifest['rollbacks']> = {},
): Manifest {
  const majors = [...catalogues.keys()].sort((a, b) => a - b)
  const looks = new Map<string, { readonly object: WrittenObject; readonly on: number[] }>()
  for (const major of majors) {
    for (const { kind, name, of, attributes } of catalogues.get(major)?.objects ?? []) {
      const object = { kind, name, of, attributes }
      const key = JSON.stringify(object)
      const look = looks.get(key) ?? { object, on: [] as number[] }
      look.on.push(major)
      looks.set(key, look)
    }
  }
  const objects = [...looks.values()]
    .map(({ object, on }) => (on.length === majors.length ? object : { ...object, majors: on }))
    .sort((a, b) => byId(a, b) || (a.majors?.[0] ?? 0) - (b.majors?.[0] ?? 0))
  const schemas = [...new Set([...catalogues.values()].flatMap(each => each.schemas))].sort()
  const proved = Object.keys(rollbacks).length > 0 ? { rollbacks } : {}
  return { version: VERSION, schema, schemas, majors, files, ...proved, objects }
}

/** The catalogue to expect on one major. */
export function catalogueOf({ schemas, objects }: Manifest, major: number): Catalogue {
  const there = objects.filter(({ majors }) => majors === undefined || majors.includes(major))
  return { schemas, objects: there.map(({ majors, ...object }) => ({ ...object, notes: {} })) }
}

/** One object a line, so that a review of a migration shows what it does to the database. */
export function formatManifest({ files, objects, rollbacks, ...head }: Manifest): string {
  const line = (value: unknown) => `    ${JSON.stringify(value)}`
  const parts = [
    ...Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`),
    `  "files": ${oneALine(files)}`,
    ...(rollbacks ? [`  "rollbacks": ${oneALine(rollbacks)}`] : []),
    `  "objects": [\n${objects.map(line).join(',\n')}\n  ]`,
  ]
  return `{\n${parts.join(',\n')}\n}\n`
}

function oneALine(entries: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(entries).map(
    ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  return `{\n${lines.join(',\n')}\n  }`
}

/** The checksums of a history's files. Line ends do not count: git changes them. */
export async function historyFiles(folder: DatabaseFolder): Promise<Record<string, string>> {
  const migrations = (await readMigrationFiles(folder.migrations)).flatMap(
    ({ name, script, extra, down }) => [
      [`${name}/migration.sql`, script ?? ''] as const,
      [`${name}/extra.sql`, extra] as const,
      // An empty one says that nothing has to be done, which is not the same as none.
      [`${name}/down.sql`, down === '' ? '\n' : (down ?? '')] as const,
    ],
  )
  const repeatables = [...(await readRepeatableFiles(folder))].map(
    ([name, text]) => [`repeatable/${name}`, text] as const,
  )
  const sums = [...migrations, ...repeatables]
  return Object.fromEntries(
    sums.flatMap(([path, text]) => (text === '' ? [] : [[path, checksum(text.replaceAll('\r\n', '\n'))]])),
  )
}

/** The files that are not those a manifest was made from: added, taken out or edited. */
export function changedFiles({ files }: Manifest, current: Manifest['files']): string[] {
  const paths = new Set([...Object.keys(files), ...Object.keys(current)])
  return [...paths].filter(path => files[path] !== current[path]).sort()
}

/** @returns `undefined` when there is none @throws HowdahError manifest-unreadable */
export async function readManifest(folder: DatabaseFolder): Promise<Manifest | undefined> {
  const path = manifestPath(folder)
  const refuse = (reason: string, cause?: unknown) =>
    new HowdahError('manifest-unreadable', { path, reason, database: folder.name }, { cause })
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest
    if (manifest.version !== VERSION) throw refuse(`it has version ${manifest.version}, not ${VERSION}`)
    if (!Array.isArray(manifest.objects) || !Array.isArray(manifest.majors))
      throw refuse('parts of it are missing')
    return manifest
  } catch (error) {
    if (error instanceof HowdahError) throw error
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw refuse(messageOf(error), error)
  }
}

/** Written beside its place and renamed: nobody reads half of it. @returns its path */
export async function writeManifest(folder: DatabaseFolder, manifest: Manifest): Promise<string> {
  const path = manifestPath(folder)
  const unfinished = `${path}.${crypto.randomUUID()}`
  try {
    await writeFile(unfinished, formatManifest(manifest))
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw new HowdahError(
      'manifest-unreadable',
      { path, reason: messageOf(error), database: folder.name },
      { cause: error },
    )
  }
  return path
}

/** The objects of a manifest that are not alike on all its majors. */
export function differingObjects({ objects }: Manifest): string[] {
  return [...new Set(objects.flatMap(object => (object.majors ? [objectId(object)] : [])))]
}
