import { join } from 'node:path'
import { env } from 'node:process'
import fc from 'fast-check'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { resolveDatabaseFolder } from '../../runner/config/database-folder.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { status } from '../../runner/migrate/migrate.ts'
import { openSchemaEngine, type PrismaSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import { cli } from '../harness/cli.ts'
import { createDatabase, MAJORS, type Major, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { type HistoryCase, historyCase } from './history-cases.ts'
import { placeMigrations, writeHistory } from './history-stage.ts'
import { readMigrations } from './migrations-directory.ts'

const SCHEMA = [{ path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }]

/** `HISTORIES_SEED=… vitest run … histories` draws the same ones again: the seed that a title tells, less the version. */
const SEED = Number(env.HISTORIES_SEED ?? Math.floor(Math.random() * 2 ** 31))

interface Stage extends AsyncDisposable {
  readonly db: TestDatabase
  readonly client: Client
  readonly engine: PrismaSchemaEngine
  readonly project: TestProject
  readonly migrations: string
  /** Puts a history on disk and into the database. */
  readonly set: (history: HistoryCase) => Promise<void>
}

/** One database, one engine and one folder for all histories: opening an engine takes longer than asking it. */
async function createStage(major: Major): Promise<Stage> {
  await using made = new AsyncDisposableStack()
  const db = made.use(await createDatabase({ major }))
  const project = made.use(await createProject())
  const client = new Client(db.url)
  await client.connect()
  made.defer(() => client.end())
  const migrations = join(project.directory, 'prisma/app/migrations')
  {
    // Makes the table, and keeps the lock only until it ends.
    await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
    await engine.applyMigrations(await readMigrations(migrations))
  }
  const engine = made.use(await openSchemaEngine({ url: db.url, schema: SCHEMA }))
  const set = async (history: HistoryCase) => {
    await placeMigrations(migrations, history.migrations)
    await writeHistory(client, history.rows)
  }
  const all = made.move()
  return { db, client, engine, project, migrations, set, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort()

async function oursOf({ db, project }: Stage) {
  const folder = await resolveDatabaseFolder(project.directory, undefined)
  const { comparison } = await status({
    folder,
    url: new Secret(db.url),
    setting: 'databaseUrl',
    connectTimeoutMs: 5000,
    runtime: quietRuntime(),
  })
  const { migrations, missingOnDisk } = comparison
  const named = (wanted: (each: (typeof migrations)[number]) => boolean) =>
    migrations.filter(wanted).map(each => each.files.name)
  const failed = named(({ state }) => state === 'failed' || state === 'recoverable')
  return {
    pending: named(({ state }) => state === 'pending'),
    edited: named(each => each.edited),
    failed,
    missingOnDisk,
  }
}

async function theirsOf({ engine, migrations }: Stage) {
  const list = await readMigrations(migrations)
  const { history, editedMigrationNames, failedMigrationNames } = await engine.diagnoseMigrationHistory(list)
  const { unappliedMigrationNames = [], unpersistedMigrationNames = [] } = (history ?? {}) as Readonly<
    Record<string, string[]>
  >
  return {
    pending: unappliedMigrationNames,
    edited: editedMigrationNames,
    failed: failedMigrationNames,
    notOnDisk: unpersistedMigrationNames,
  }
}

const isSound = ({ migrations, rows }: HistoryCase) => {
  const names = new Set(migrations.map(({ name }) => name))
  return (
    migrations.some(({ name }) => !rows.some(row => row.name === name && row.rolledBackAt === null)) &&
    migrations.every(({ script }) => script !== null) &&
    rows.every(row => names.has(row.name) && (row.finishedAt !== null || row.rolledBackAt !== null))
  )
}

describe.each(MAJORS)('on Postgres %i', major => {
  // Other histories on each.
  const seed = SEED + major
  test(`in 200 generated histories (seed ${seed}) the pending, edited and failed are those Prisma's engine finds`, {
    timeout: 180_000,
  }, async () => {
    await using stage = await createStage(major)
    const seen = { pending: 0, edited: 0, failed: 0, notOnDisk: 0, refusedByEngine: 0 }
    const property = fc.asyncProperty(historyCase, async history => {
      await stage.set(history)
      const ours = await oursOf(stage)
      const live = new Set(history.rows.filter(row => row.rolledBackAt === null).map(row => row.name))
      if (history.migrations.some(({ name, script }) => script === null && live.has(name))) {
        // The engine stops at a folder without a file; we go on and refuse it where it is needed.
        await expect(theirsOf(stage)).rejects.toThrow()
        seen.refusedByEngine++
        return
      }
      const theirs = await theirsOf(stage)
      // In order, since that is the order of deploying.
      expect(ours.pending).toEqual(theirs.pending)
      expect(sorted(ours.edited)).toEqual(sorted(theirs.edited))
      expect(sorted(ours.failed)).toEqual(sorted(theirs.failed))
      const gone = ours.failed.filter(name => !history.migrations.some(each => each.name === name))
      expect(sorted([...ours.missingOnDisk, ...gone])).toEqual(sorted(theirs.notOnDisk))
      for (const key of ['pending', 'edited', 'failed', 'notOnDisk'] as const)
        seen[key] += theirs[key].length > 0 ? 1 : 0
    })
    await fc.assert(property, { numRuns: 200, seed })
    // A generator that never makes one of them would prove nothing about it.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0)
  })

  test(`after our deploy of generated histories (seed ${seed}) the engine finds nothing to do`, {
    timeout: 180_000,
  }, async () => {
    await using stage = await createStage(major)
    let deployed = 0
    const property = fc.asyncProperty(historyCase.filter(isSound), async history => {
      await stage.set(history)
      // What our own ledger says of the history before has nothing to do with this one.
      await stage.client.query('DROP SCHEMA IF EXISTS howdah CASCADE')
      const before = await theirsOf(stage)
      const allow = ['edited', 'out-of-order', 'duplicate-prefix'].flatMap(gate => [
        '--allow',
        `${gate}=a test`,
      ])
      const result = await cli(['migrate', 'deploy', ...allow], {
        cwd: stage.project.directory,
        env: { DATABASE_URL: stage.db.url },
      })
      expect(result.exit, result.stderr).toBe(0)
      expect(await theirsOf(stage)).toEqual({ ...before, pending: [] })
      deployed += before.pending.length
    })
    await fc.assert(property, { numRuns: 40, seed })
    expect(deployed).toBeGreaterThan(40)
  })

  test(`what the engine would apply is what we call pending (seed ${seed})`, async () => {
    await using stage = await createStage(major)
    // Its session keeps the run lock from the first apply on; status needs none.
    const property = fc.asyncProperty(historyCase.filter(isSound), async history => {
      await stage.set(history)
      const { pending } = await oursOf(stage)
      expect(await stage.engine.applyMigrations(await readMigrations(stage.migrations))).toEqual(pending)
    })
    await fc.assert(property, { numRuns: 40, seed })
  })
})
