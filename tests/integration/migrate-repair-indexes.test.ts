import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { INVALID_INDEXES } from '../harness/fingerprint.ts'
import { deploy } from '../harness/migrations.ts'
import { createDatabase, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'
import { byHand, repair } from './repair/repair-verb.ts'

const HISTORY = {
  '1_init/migration.sql': `CREATE SCHEMA "Other ""one";
    CREATE TABLE "Other ""one"."T x" (id int, name text);
    CREATE TABLE ev (id int, at date) PARTITION BY RANGE (at);
    CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');`,
  '1_init/extra.sql': `CREATE UNIQUE INDEX CONCURRENTLY "i ""x" ON "Other ""one"."T x" (id) WHERE name <> 'n';
    CREATE INDEX CONCURRENTLY plain ON "Other ""one"."T x" (lower(name));
    CREATE INDEX CONCURRENTLY by_name ON "Other ""one"."T x" (name);`,
}

const TABLE = '"Other ""one"."T x"'
const UNIQUE = '"Other ""one"."i ""x"'

/** As a build leaves an index that was cut off. */
const invalidate = (db: TestDatabase, ...indexes: readonly string[]) =>
  byHand(
    db,
    ...indexes.map(index => `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${index}'::regclass`),
  )

const invalid = async (db: TestDatabase) =>
  (await query<{ index: string }>(db.url, INVALID_INDEXES)).map(({ index }) => index)

describe.each(MAJORS)('indexes that Postgres %i marks INVALID', major => {
  test('are rebuilt where the history has them, dropped where a REINDEX left them, and else left', async () => {
    await using db = await createDatabase({ major })
    await using project = await createProject(HISTORY)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await byHand(
      db,
      `INSERT INTO ${TABLE} VALUES (1, 'a'), (2, 'b')`,
      `CREATE INDEX plain_ccnew ON ${TABLE} (lower(name))`,
      `CREATE INDEX plain_ccold1 ON ${TABLE} (id)`,
      'CREATE INDEX ev_at ON ONLY ev (at)',
      'DROP INDEX "Other ""one".by_name',
      `CREATE INDEX by_name ON ${TABLE} (id)`,
      'CREATE TABLE "not ours" (id int)',
    )
    const schema = '"Other ""one"'
    await invalidate(db, UNIQUE, `${schema}.plain_ccnew`, `${schema}.plain_ccold1`, `${schema}.by_name`)
    const { exit, repairs, left, stderr } = await repair(project, db)
    expect(exit, stderr).toBe(3)
    expect(repairs).toMatchObject([
      { subject: UNIQUE, action: expect.stringContaining('REINDEX'), state: 'repaired' },
      { subject: `${schema}.plain_ccnew`, action: expect.stringContaining('DROP'), state: 'repaired' },
    ])
    expect(left).toMatchObject([
      { subject: `${schema}.by_name`, reason: expect.stringContaining('another index of this name') },
      // Another definition than the index whose name it bears.
      { subject: `${schema}.plain_ccold1`, reason: expect.stringContaining('no file of this history') },
      { subject: 'public.ev_at', reason: expect.stringContaining('partitioned') },
    ])
    expect((await invalid(db)).sort()).toEqual([`${schema}.by_name`, `${schema}.plain_ccold1`, 'ev_at'])
    await byHand(db, `DROP INDEX ${schema}.plain_ccold1, ${schema}.by_name, ev_at`)
    expect(await repair(project, db)).toMatchObject({ exit: 0, repairs: [], left: [] })
  })
})

test('a unique index whose rows are not is left, with the number of its keys, and no copy of it', async () => {
  await using db = await createDatabase()
  await using project = await createProject(HISTORY)
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await byHand(db, `DROP INDEX ${UNIQUE}`)
  await byHand(
    db,
    `INSERT INTO ${TABLE} SELECT i % 5, CASE WHEN i % 5 = 0 THEN 'n' ELSE 'x' END FROM generate_series(1, 14) i`,
    `INSERT INTO ${TABLE} VALUES (NULL, 'x'), (NULL, 'x')`,
  )
  const build = `CREATE UNIQUE INDEX CONCURRENTLY "i ""x" ON ${TABLE} (id) WHERE name <> 'n'`
  await expect(byHand(db, build)).rejects.toThrow('could not create unique index')
  const first = await repair(project, db)
  expect(first.exit, first.stderr).toBe(3)
  expect(first.repairs).toMatchObject([{ subject: UNIQUE, state: 'left' }])
  expect(first.left).toMatchObject([
    { subject: UNIQUE, reason: `it is unique, and 4 of its keys are in ${TABLE} more than once` },
  ])
  expect(await invalid(db)).toEqual([UNIQUE])
  await byHand(db, `DELETE FROM ${TABLE}`)
  expect(await repair(project, db)).toMatchObject({ exit: 0, left: [] })
  expect(await invalid(db)).toEqual([])
})

test('one that is being built is not touched; one that a pending statement builds is dropped for it', async () => {
  await using db = await createDatabase()
  await using project = await createProject(HISTORY)
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await project.write(
    inMigrations({
      '1_init/extra.sql': `${HISTORY['1_init/extra.sql']}\nCREATE INDEX CONCURRENTLY more ON ev_1 (id);`,
    }),
  )
  const [old, builder] = [new Client(db.url), new Client(db.url)]
  try {
    await Promise.all([old.connect(), builder.connect()])
    await old.query('BEGIN; INSERT INTO public.ev_1 VALUES (1, $$2025-02-02$$)')
    const build = builder.query('CREATE INDEX CONCURRENTLY more ON public.ev_1 (id)').catch(error => error)
    while ((await invalid(db)).length === 0) await new Promise(go => setTimeout(go, 50))
    const { exit, repairs, left } = await repair(project, db)
    expect({ exit, repairs }).toEqual({ exit: 3, repairs: [] })
    expect(left[0]?.reason).toContain('it may be building it')
    await query(
      db.url,
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'`,
    )
    await build
    await old.query('ROLLBACK')
  } finally {
    await Promise.all([old.end(), builder.end()])
  }
  expect(await invalid(db)).toEqual(['more'])
  const dry = await cli(['migrate', 'repair', '--dry-run'], {
    cwd: project.directory,
    env: { DATABASE_URL: db.url },
  })
  expect(dry.stdout).toContain('1_init/extra.sql:4:1 builds an index of this name')
  expect(await repair(project, db)).toMatchObject({
    exit: 0,
    repairs: [{ subject: 'public.more' }],
    left: [],
  })
  expect(await invalid(db)).toEqual([])
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
})

test('a rebuild that was cut off is taken up by the next repair, and leaves no copy', async () => {
  await using db = await createDatabase()
  await using project = await createProject(HISTORY)
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await invalidate(db, UNIQUE)
  const old = new Client(db.url)
  try {
    await old.connect()
    await old.query(`BEGIN; INSERT INTO ${TABLE} VALUES (1, $$x$$)`)
    const cutOff = repair(project, db)
    while ((await invalid(db)).length < 2) await new Promise(go => setTimeout(go, 50))
    await query(
      db.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REINDEX INDEX%'`,
    )
    expect(await cutOff).toMatchObject({ exit: 4, repairs: [{ state: 'not-repaired' }] })
    await old.query('ROLLBACK')
  } finally {
    await old.end()
  }
  expect(await invalid(db)).toHaveLength(2)
  const { exit, repairs, stderr } = await repair(project, db)
  expect({ exit, subjects: repairs.length }, stderr).toEqual({ exit: 0, subjects: 2 })
  expect(await invalid(db)).toEqual([])
})
