import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError } from '../../core/errors.ts'
import { type ReleaseStack, withReleases } from '../../core/release-stack.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import type { EngineDatabase } from '../../schema-engine/engine-adapter.ts'
import type { HiddenObjects } from '../../schema-engine/hidden-objects.ts'
import { openSchemaEngine, type Side } from '../../schema-engine/schema-engine.ts'
import { readSchemaFiles, type SchemaFile, speaksOfSchemas } from '../../schema-engine/schema-files.ts'
import { type MigrateOptions, openReader, READ_ONLY } from '../history/inspect.ts'
import { withShadowServer } from '../verify/shadow.ts'
import { factsOf } from './draft-migration.ts'
import { readEngineScript, type ScriptStatement } from './engine-script.ts'
import type { Kept } from './keep.ts'
import { findLosses, type Loss } from './losses.ts'
import { objectNames } from './object-names.ts'
import { originScripts, traceOrigins } from './origins.ts'
import { type Proposal, propose } from './propose.ts'
import { requireReadable } from './readable.ts'
import { replayable, withoutHistory } from './replayable.ts'
import { NO_FACTS, readSchemaFacts, type SchemaFacts, schemasOf } from './schema-facts.ts'
import { forDrafts, shownToEngine } from './shadow-databases.ts'

/** What can be compared. */
export const DIFF_SIDES = ['empty', 'schema', 'migrations', 'database'] as const

export type DiffSide = (typeof DIFF_SIDES)[number]

export interface DiffOptions extends Pick<MigrateOptions, 'folder' | 'runtime' | 'connectTimeoutMs'> {
  readonly from: DiffSide
  readonly to: DiffSide
  /** The schema of the URL, `public` without one. */
  readonly schema: string
  /** Major version of the server the history is tried on; that of the database where one is compared. */
  readonly major: number
  /** The database's address; asked for only where it is a side. @throws HowdahError database-url-missing */
  readonly address: () => Pick<MigrateOptions, 'url' | 'setting'>
  /** Also what Prisma would do to objects that are none of its business. */
  readonly all: boolean
}

export interface DiffOutcome {
  readonly from: DiffSide
  readonly to: DiffSide
  readonly script: string
  readonly statements: readonly ScriptStatement[]
  readonly kept: readonly Kept[]
  readonly losses: readonly Loss[]
}

interface OpenSide {
  readonly facts: SchemaFacts
  readonly show: (hidden: HiddenObjects) => Side
}

interface LiveSide {
  readonly side: OpenSide
  /** The engine may call it its own: there it only reads. */
  readonly own: EngineDatabase
  readonly major: number
  readonly database: string
}

/**
 * The SQL that leads from one schema to the other. Reads a database in a session that the server keeps from writing; runs a
 * history on a throw-away server.
 * @throws HowdahError schema-unreadable, schema-invalid, and those of connecting and deploying
 */
export async function diff(options: DiffOptions): Promise<DiffOutcome> {
  const { from, to, folder } = options
  return withReleases(async releases => {
    const needs = (side: DiffSide) => from === side || to === side
    const files = await filesFor(folder, needs('schema'))
    const live = needs('database') ? await openLive(options, files, releases) : undefined
    const known = { empty: EMPTY, schema: schemaSide(files), database: live?.side ?? EMPTY }
    const compare = async (migrations: OpenSide, own: Own) => {
      const sides = { ...known, migrations }
      const proposal = await between(sides[from], sides[to], own, files, options)
      return describe(proposal, options, sides[from])
    }
    if (live && !needs('migrations')) return compare(EMPTY, live.own)
    // The engine wants a server even to compare a schema with nothing.
    const history = needs('migrations')
      ? await replayable(folder, releases)
      : await withoutHistory(folder, releases)
    return onShadow(history, options, live, compare)
  })
}

/** Also where no side is the schema the engine reads one: it names the schemas of Postgres to look at. */
async function filesFor({ schema }: DatabaseFolder, needed: boolean): Promise<SchemaFile[]> {
  try {
    return await readSchemaFiles(schema)
  } catch (error) {
    if (needed || !(error instanceof HowdahError)) throw error
    return [{ path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }]
  }
}

type Own = string | EngineDatabase

async function onShadow(
  folder: DatabaseFolder,
  { schema, runtime, ...options }: DiffOptions,
  live: LiveSide | undefined,
  body: (migrations: OpenSide, own: Own) => Promise<DiffOutcome>,
): Promise<DiffOutcome> {
  const major = live?.major ?? options.major
  const wish = { folder, major, schema, database: live?.database ?? folder.name }
  const progress = runtime.progress.step(`Comparing on a shadow of PostgreSQL ${major}`)
  try {
    const outcome = await withShadowServer(wish, runtime, async server => {
      const facts = await factsOf(server.url, schema)
      const show = (hidden: HiddenObjects): Side => ({
        tag: 'database',
        database: shownToEngine(server.url, schema, hidden),
      })
      return body({ facts, show }, (await forDrafts(server)).engineUrl.reveal())
    })
    progress.done()
    return outcome
  } catch (error) {
    progress.fail()
    throw error
  }
}

const EMPTY: OpenSide = { facts: NO_FACTS, show: () => ({ tag: 'empty' }) }

const schemaSide = (files: readonly SchemaFile[]): OpenSide => ({
  facts: NO_FACTS,
  show: () => ({ tag: 'schema', files: files.map(file => ({ ...file })) }),
})

async function openLive(
  options: DiffOptions,
  files: readonly SchemaFile[],
  releases: ReleaseStack,
): Promise<LiveSide> {
  const { schema, address } = options
  const connection = await openReader({ ...options, ...address() }, 'migrate diff', READ_ONLY)
  releases.push('closing the connection', () => connection.close())
  await requireReadable(connection, speaksOfSchemas(files) ? undefined : schema)
  const { major } = await readServerFacts(connection)
  const database = { config: connection.config, schema, readOnly: true }
  const side: OpenSide = {
    facts: await readSchemaFacts(connection),
    show: hidden => ({ tag: 'database', database: { ...database, hidden } }),
  }
  return { side, own: database, major, database: connection.target.database }
}

async function between(
  from: OpenSide,
  to: OpenSide,
  own: Own,
  files: readonly SchemaFile[],
  options: DiffOptions,
): Promise<Proposal> {
  const { folder, schema, all, runtime } = options
  runtime.signal.throwIfAborted()
  const namespaces = schemasOf(from.facts, to.facts)
  // Of several schemas the engine learns from a Prisma schema only.
  const widen = (side: Side): Side =>
    side.tag === 'database' && speaksOfSchemas(files)
      ? { ...side, database: { ...side.database, namespaces } }
      : side
  const ask = async (hidden: HiddenObjects) => {
    await using engine = await openSchemaEngine({ url: own, schema: files.map(file => ({ ...file })) })
    const sides = [from.show(hidden), to.show(hidden)] as const
    const { script, empty } = await engine.compare(widen(sides[0]), widen(sides[1]))
    return empty ? '' : script
  }
  const names = objectNames(schema)
  const scripts = all ? [] : await originScripts(folder).catch(orNothing)
  const traced = await traceOrigins(scripts, schema)
  // In a database what no file is seen to make was most likely made by hand, and that is what one looks for.
  const live = options.from === 'database' || options.to === 'database'
  const origins = live ? { ...traced, madeUnseen: () => false } : traced
  const facts = all ? [] : [from.facts, to.facts]
  return propose(ask, { names, origins, facts, droppable: () => all })
}

/** Without a history nobody made anything beside Prisma. */
function orNothing(error: unknown): [] {
  if (error instanceof HowdahError && error.code === 'migrations-unreadable') return []
  throw error
}

async function describe(
  { script, kept }: Proposal,
  { from, to, schema }: DiffOptions,
  before: OpenSide,
): Promise<DiffOutcome> {
  const statements = await readEngineScript(script)
  return {
    from,
    to,
    script,
    statements,
    kept,
    losses: findLosses(statements, objectNames(schema), before.facts),
  }
}
