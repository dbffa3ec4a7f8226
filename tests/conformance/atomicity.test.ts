import { Client } from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { fingerprint, INVALID_INDEXES } from '../harness/fingerprint.ts'
import { createDatabase, MAJORS, type Major, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'
import { THOROUGH } from '../harness/thorough.ts'
import { type AtomicityCase, type Forced, fileOf } from './atomicity-case.ts'
import { CASES, PRELUDE } from './atomicity-cases.ts'

/** Statements that fail, each in another way, with their SQLSTATE. The second fails only when its transaction commits. */
const FAILING = [
  ['SELECT 1/0', '22012'],
  ['INSERT INTO public.late VALUES (404)', '23503'],
  ["DO $$ BEGIN RAISE EXCEPTION 'forced; %', 1; END $$", 'P0001'],
  ['INSERT INTO "no such; table" VALUES (1)', '42P01'],
] as const

/** Fails when it is nearly done, and then leaves an INVALID index, if nobody takes it away. Only where no transaction is. */
const FAILING_BUILD = ['CREATE UNIQUE INDEX CONCURRENTLY forced ON twins (id)', '23505'] as const

/** A copy of the prelude to start from, and what it holds. */
interface Template {
  readonly db: TestDatabase
  readonly before: readonly string[]
}

interface Bench extends Template {
  readonly major: Major
  readonly project: TestProject
  readonly one: AtomicityCase
}

const templates = new Map<Major, Promise<Template>>()

/** A database to which the prelude is applied, to be copied for each attempt. */
function templateOf(major: Major): Promise<Template> {
  const make = async (): Promise<Template> => {
    await using project = await createProject({ '1_prelude/migration.sql': PRELUDE })
    const db = await createDatabase({ major })
    const { exit, stderr } = await run(project, db)
    expect(exit, stderr).toBe(0)
    return { db, before: await fingerprint(db.url) }
  }
  const template = templates.get(major) ?? make()
  templates.set(major, template)
  return template
}

afterAll(async () => {
  for (const template of templates.values()) await (await template).db[Symbol.asyncDispose]()
})

const copyOf = ({ major, db }: Bench) => createDatabase({ major, template: db.name })

const run = (project: TestProject, db: TestDatabase, ...args: string[]) =>
  cli(['migrate', 'deploy', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

const writeCase = ({ project, one }: Bench, forced?: Forced) =>
  project.write(inMigrations({ '2_case/migration.sql': fileOf(one, forced) }))

/** What the plan promises for the file as it lies there. */
async function promised(bench: Bench, db: TestDatabase): Promise<'file' | 'statement'> {
  const { exit, stdout, stderr } = await run(bench.project, db, '--dry-run', '--json')
  expect(exit, stderr).toBe(0)
  const { steps } = JSON.parse(stdout) as { steps: { migration: string; transaction: string }[] }
  const scopes = new Set(steps.map(({ transaction }) => (transaction === 'file' ? 'file' : 'statement')))
  expect(scopes.size, stdout).toBe(1)
  return [...scopes][0] ?? 'file'
}

/** Deploys the file with a failing statement at position `k`, and expects it to be the one that failed. */
async function failAt(
  bench: Bench,
  db: TestDatabase,
  k: number,
  [text, sqlstate]: readonly [string, string],
): Promise<string> {
  const forced = { k, text }
  await writeCase(bench, forced)
  const { exit, stdout, stderr } = await run(bench.project, db)
  const context = `${text} at ${k} of\n${fileOf(bench.one, forced)}\n${stdout}${stderr}`
  expect(exit, context).toBe(4)
  expect(stderr, context).toContain(`SQLSTATE ${sqlstate}`)
  expect(await query(db.url, INVALID_INDEXES), context).toEqual([])
  return context
}

/** The file as it should be is applied in the end, and does what its statements do without us. */
async function applyWhole(
  bench: Bench,
  db: TestDatabase,
  expected: readonly string[] | undefined,
): Promise<void> {
  await writeCase(bench)
  const { exit, stderr } = await run(bench.project, db)
  expect(exit, stderr).toBe(0)
  expect(await fingerprint(db.url)).toEqual(expected)
}

/** Sends the statements as psql would. @returns what is there before the first, and after every batch */
async function plainly(
  bench: Bench,
  batches: readonly (readonly string[])[],
): Promise<(readonly string[])[]> {
  await using db = await copyOf(bench)
  const client = new Client(db.url)
  await client.connect()
  try {
    const states = [bench.before]
    for (const batch of batches) {
      // Else the schema howdah would come first, which is named like the superuser.
      await client.query('RESET ALL; SET search_path = public')
      for (const statement of batch) await client.query(statement)
      states.push(await fingerprint(db.url))
    }
    return states
  } finally {
    await client.end()
  }
}

async function checkWholeFile(bench: Bench, db: TestDatabase): Promise<void> {
  const { statements } = bench.one
  // One database for all attempts, each of which must leave it as it was.
  for (let k = 0; k <= statements.length; k++) {
    const context = await failAt(bench, db, k, FAILING[k % FAILING.length] ?? FAILING[0])
    expect(await fingerprint(db.url), context).toEqual(bench.before)
  }
  const states = await plainly(bench, [['BEGIN', ...statements, 'COMMIT']])
  await applyWhole(bench, db, states.at(-1))
}

async function checkStepwise(bench: Bench): Promise<void> {
  const { statements } = bench.one
  const states = await plainly(
    bench,
    statements.map(statement => [statement]),
  )
  for (let k = 0; k <= statements.length; k++) {
    await using db = await copyOf(bench)
    const failing = k % 2 === 0 ? FAILING_BUILD : (FAILING[((k - 1) / 2) % FAILING.length] ?? FAILING[0])
    const context = await failAt(bench, db, k, failing)
    expect(await fingerprint(db.url), context).toEqual(states[k])
    // Mended, it goes on with what had not taken effect.
    await applyWhole(bench, db, states.at(-1))
  }
}

/** On 18 every file, on the others every ninth, unless all are asked for. */
const chosen = (major: Major) =>
  CASES.filter((_, index) => THOROUGH || major === 18 || index % 9 === major % 9)

describe.each(MAJORS)(
  'on Postgres %i, an error forced at every statement leaves what the plan promised',
  major => {
    test.concurrent.each(chosen(major).map(one => [one.name, one] as const))('%s', async (_, one) => {
      await using project = await createProject({ '1_prelude/migration.sql': PRELUDE })
      const bench = { ...(await templateOf(major)), major, project, one }
      await using db = await copyOf(bench)
      await writeCase(bench)
      if ((await promised(bench, db)) === 'file') await checkWholeFile(bench, db)
      else await checkStepwise(bench)
    })
  },
)

test('there are 60 files at least, each with a name of its own', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
  expect(CASES.length).toBeGreaterThanOrEqual(60)
})
