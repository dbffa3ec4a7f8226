import type { DatabaseFolder } from '../../config/database-folder.ts'
import type { Step } from '../../core/progress.ts'
import { withReleases } from '../../core/release-stack.ts'
import type { Runtime } from '../../core/runtime.ts'
import { readSchemaFiles } from '../../schema-engine/schema-files.ts'
import { readManifest } from '../verify/manifest.ts'
import { withShadowServer } from '../verify/shadow.ts'
import { type AskRename, Decisions } from './decisions.ts'
import { draftMigration } from './draft-migration.ts'
import type { Kept } from './keep.ts'
import type { Loss } from './losses.ts'
import { existingFolders, folderName, writeMigrationFolder } from './migration-folder.ts'
import { originScripts } from './origins.ts'
import { proveDraft } from './prove-draft.ts'
import type { Rename } from './renames.ts'
import { replayable } from './replayable.ts'
import { forDrafts } from './shadow-databases.ts'
import { emptyWayBack, formatWayBack } from './way-back-file.ts'

export interface NewOptions {
  readonly folder: DatabaseFolder
  readonly name: string
  /** The schema of the URL, `public` without one. */
  readonly schema: string
  /** Major version of the server the history is tried on. */
  readonly major: number
  /** `a.b=a.c`, as given to `--rename`. */
  readonly renames: readonly string[]
  readonly drops: readonly string[]
  /** Only a folder, for SQL written by hand. */
  readonly empty: boolean
  readonly dryRun: boolean
  readonly ask: AskRename | undefined
  readonly runtime: Runtime
}

export interface NewOutcome {
  /** The folder's name; `undefined` when there was nothing to do. */
  readonly migration: string | undefined
  readonly script: string
  readonly down: string
  /** Paths written; none after a dry run. */
  readonly written: readonly string[]
  readonly renames: readonly Rename[]
  readonly kept: readonly Kept[]
  readonly losses: readonly Loss[]
  /** Why the way back is only a draft; empty when it was run and restored the catalogue. */
  readonly downProblems: readonly string[]
  /** What Prisma would still do after the migration, in SQL; empty as a rule. */
  readonly left: string
  /** Whether there is a manifest, which a new migration makes stale. */
  readonly manifest: boolean
}

/**
 * Makes the migration that leads from the history to schema.prisma, as `prisma migrate dev --create-only` does, but without a
 * database of the user's: the history is deployed to a throw-away server.
 * @throws HowdahError migration-name-invalid, schema-unreadable, schema-invalid, rename-undecided, rename-unknown,
 *   draft-does-not-run, migration-unwritable, and those of deploying
 */
export async function newMigration(options: NewOptions): Promise<NewOutcome> {
  const { folder, name, runtime, dryRun } = options
  const migration = folderName(name, await existingFolders(folder.migrations), runtime.clock.now())
  const manifest = (await readManifest(folder).catch(() => undefined)) !== undefined
  const drafted = options.empty ? handWritten() : await draft(options)
  if (drafted.script === '') return { ...drafted, migration: undefined, written: [], manifest }
  const files = { 'migration.sql': drafted.script, 'down.sql': drafted.down }
  const written = dryRun ? [] : await writeMigrationFolder(folder.migrations, migration, files)
  return { ...drafted, migration, written, manifest }
}

type Drafted = Omit<NewOutcome, 'migration' | 'written' | 'manifest'>

const handWritten = (): Drafted => ({
  // What Prisma writes into an empty migration.
  script: '-- This is an empty migration.',
  down: emptyWayBack(),
  renames: [],
  kept: [],
  losses: [],
  downProblems: ['nobody knows yet what the migration will do'],
  left: '',
})

async function draft({ folder, schema, major, renames, drops, ask, runtime }: NewOptions): Promise<Drafted> {
  const files = await readSchemaFiles(folder.schema)
  const decisions = new Decisions(renames, drops)
  return withReleases(async releases => {
    const history = await replayable(folder, releases)
    const scripts = await originScripts(history)
    const wish = { folder: history, major, schema, database: folder.name }
    const progress = stages(runtime)
    progress.next(`Applying the history on a shadow of PostgreSQL ${major}`)
    return progress.through(() =>
      withShadowServer(wish, runtime, async shadow => {
        const server = await forDrafts(shadow)
        progress.next("Comparing it with the schema by Prisma's engine")
        const asked: AskRename | undefined =
          ask &&
          (question => {
            // The question stands where the progress was.
            progress.pause()
            return ask(question)
          })
        const found = await draftMigration(server, { scripts, files, schema, decisions, ask: asked, runtime })
        const { script, renames: made, losses, kept } = found
        const about = { script, renames: made, losses, kept }
        if (script === '') return { ...about, down: '', downProblems: [], left: '' }
        progress.next('Running it there, and back')
        const { wayBack, left, vanished } = await proveDraft(server, found, { files, schema })
        const gone = new Set(vanished.map(({ object }) => object))
        return {
          ...about,
          kept: kept.filter(({ object }) => !gone.has(object)),
          losses: [...losses, ...vanished],
          down: formatWayBack(wayBack, losses),
          downProblems: wayBack.problems,
          left,
        }
      }),
    )
  })
}

/** Steps of progress of which one runs at a time. */
function stages({ progress }: Runtime) {
  let current: Step | undefined
  const pause = () => {
    current?.done()
    current = undefined
  }
  return {
    pause,
    next: (title: string) => {
      pause()
      current = progress.step(title)
    },
    through: async <T>(body: () => Promise<T>): Promise<T> => {
      try {
        const value = await body()
        pause()
        return value
      } catch (error) {
        current?.fail()
        throw error
      }
    },
  }
}
