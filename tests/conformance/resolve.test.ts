import { env } from 'node:process'
import fc from 'fast-check'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { openSchemaEngine, type SchemaEngineError } from '../../runner/schema-engine/schema-engine.ts'
import { cli } from '../harness/cli.ts'
import { createDatabase } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'
import { type HistoryCase, historyCase } from './history-cases.ts'
import { placeMigrations, readHistoryRows, writeHistory } from './history-stage.ts'
import { migrationsOf, readMigrations } from './migrations-directory.ts'

const SCHEMA = [{ path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }]

/** Draws the same again: `HISTORIES_SEED=… vitest run … resolve`. */
const SEED = Number(env.HISTORIES_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Prisma's code of a refusal, for each of ours. */
const CODES: Readonly<Record<string, string>> = {
  'migration-already-applied': 'P3008',
  'migration-never-started': 'P3011',
  'migration-succeeded': 'P3012',
  'migration-unknown': 'P3017',
}

type Verb = 'applied' | 'rolled-back'

interface Outcome {
  readonly refusal: string | undefined
  readonly rows: readonly unknown[]
}

/** A history, one of its migrations or an unknown one, and what is said of it. */
const question = fc
  .tuple(historyCase, fc.constantFrom<Verb[]>('applied', 'rolled-back'), fc.nat())
  .map(([history, verb, pick]) => {
    const names = [...history.migrations, ...history.rows].map(({ name }) => name)
    return { history, verb, name: [...names, 'unknown'][pick % (names.length + 1)] ?? 'unknown' }
  })

test(`marks 150 generated histories (seed ${SEED}) as Prisma's engine marks them, row for row, and refuses what it refuses`, {
  timeout: 180_000,
}, async () => {
  await using db = await createDatabase()
  await using theirDb = await createDatabase()
  await using project = await createProject()
  const migrationsFolder = `${project.directory}/prisma/app/migrations`
  await using made = new AsyncDisposableStack()
  const [client, theirClient] = [new Client(db.url), new Client(theirDb.url)]
  for (const each of [client, theirClient]) {
    await each.connect()
    made.defer(() => each.end())
  }
  await using engine = await openSchemaEngine({ url: theirDb.url, schema: SCHEMA })
  await engine.applyMigrations(migrationsOf({}))
  // The table as the engine made it, in our database as well.
  expect(
    await cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } }),
  ).toMatchObject({ exit: 0 })

  const theirs = async (verb: Verb, name: string): Promise<Outcome> => {
    const list = await readMigrations(migrationsFolder)
    const call =
      verb === 'applied' ? engine.markMigrationApplied(list, name) : engine.markMigrationRolledBack(name)
    const refusal = await call.then(
      () => undefined,
      (error: SchemaEngineError) => error.code ?? error.message,
    )
    return { refusal, rows: await readHistoryRows(theirClient) }
  }
  const ours = async (verb: Verb, name: string): Promise<Outcome> => {
    const result = await cli(['migrate', 'resolve', `--${verb}`, name, '--json'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url },
    })
    expect([0, 3], result.stderr).toContain(result.exit)
    const code: string | undefined = JSON.parse(result.stdout).error?.code
    return { refusal: code && CODES[code], rows: await readHistoryRows(client) }
  }
  const set = async ({ migrations, rows }: HistoryCase) => {
    await placeMigrations(migrationsFolder, migrations)
    await writeHistory(client, rows)
    await writeHistory(theirClient, rows)
  }
  const seen = new Map<string, number>()
  const property = fc.asyncProperty(question, async ({ history, verb, name }) => {
    await set(history)
    const expected = await theirs(verb, name)
    expect(await ours(verb, name)).toEqual(expected)
    const kind = `${verb} ${expected.refusal ?? 'done'}`
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    // Once more: what was done is refused or changes nothing, here as there.
    if (expected.refusal === undefined) expect(await ours(verb, name)).toEqual(await theirs(verb, name))
  })
  await fc.assert(property, { numRuns: 150, seed: SEED })
  expect([...seen.keys()].sort()).toEqual([
    'applied P3008',
    'applied P3017',
    'applied done',
    'rolled-back P3011',
    'rolled-back P3012',
    'rolled-back done',
  ])
})
