import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { cli, startCli } from '../harness/cli.ts'
import { fingerprint, INVALID_INDEXES } from '../harness/fingerprint.ts'
import { deploy, exists, history, INIT, status } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'
import { failUnderPrisma } from './repair/prisma-failure.ts'
import { byHand, repair } from './repair/repair-verb.ts'

/** Every statement leaves a trace, and some change rows as well: each would show if it ran twice. */
const TRACED = `-- one of each; with a semicolon
CREATE TABLE "Or""der" (id int PRIMARY KEY, note text DEFAULT 'a;b');
ALTER TABLE a ADD COLUMN runs int NOT NULL DEFAULT 0;
CREATE TYPE mood AS ENUM ('sad', 'ok');
UPDATE a SET runs = runs + 1;
ALTER TABLE a ADD COLUMN mood mood;
CREATE VIEW v AS SELECT id, runs FROM a;
INSERT INTO "Or""der" SELECT id FROM a;
CREATE INDEX "Or""der idx" ON "Or""der" (note);
`

const COUNT = 8
/** After these the next statement changes rows and shows nowhere. */
const DOUBTFUL = [3, 4, 6, 7]

const NAME = '2_trac ed'
const HISTORY = { '1_init/migration.sql': INIT, [`${NAME}/migration.sql`]: TRACED }

describe.each(MAJORS)('a row that another tool left failed, on Postgres %i', major => {
  test('after every number of statements deploy completes it, and no row is changed twice', async () => {
    await using project = await createProject(HISTORY)
    await using clean = await createDatabase({ major })
    expect(await deploy(project, clean)).toMatchObject({ exit: 0 })
    await using first = await createDatabase({ major })
    await using start = await createProject({ '1_init/migration.sql': INIT })
    expect(await deploy(start, first)).toMatchObject({ exit: 0 })
    const all = Array.from({ length: COUNT + 1 }, (_, count) => count)
    for (const count of major === 18 ? all.filter(each => !DOUBTFUL.includes(each)) : [2]) {
      await using db = await createDatabase({ major, template: first.name })
      await failUnderPrisma(db, { name: NAME, script: TRACED, count })
      expect(await deploy(project, db)).toMatchObject({
        exit: 3,
        stderr: expect.stringContaining('howdah migrate repair'),
      })
      const { exit, repairs, left, stderr } = await repair(project, db)
      expect({ exit, left, count, stderr }).toMatchObject({ exit: 0, left: [], count })
      expect(repairs).toMatchObject([{ kind: 'failed-row', subject: NAME, state: 'repaired' }])
      expect(await deploy(project, db)).toMatchObject({ exit: 0 })
      expect(await fingerprint(db.url)).toEqual(await fingerprint(clean.url))
      expect(await query(db.url, 'SELECT DISTINCT runs FROM a')).toEqual([{ runs: 1 }])
      expect(await history(db)).toMatchObject([
        { migration_name: '1_init', finished: true },
        { migration_name: NAME, finished: false, rolled_back: true },
        { migration_name: NAME, finished: true, rolled_back: false },
      ])
      expect(await repair(project, db)).toMatchObject({ exit: 0, repairs: [], left: [] })
    }
  })
})

describe('how far a failed migration came', () => {
  /** A database with the first migration, in which a second one failed under Prisma. */
  async function failed(script: string, count: number, options: { schema?: string } = {}) {
    await using made = new AsyncDisposableStack()
    const db = made.use(await createDatabase())
    const project = made.use(await createProject({ '1_init/migration.sql': INIT }))
    const url = options.schema ? `${db.url}?schema=${encodeURIComponent(options.schema)}` : db.url
    const env = { DATABASE_URL: url }
    const run = (...args: readonly string[]) => cli(['migrate', ...args], { cwd: project.directory, env })
    expect(await run('deploy')).toMatchObject({ exit: 0 })
    await project.write(inMigrations({ '2_next/migration.sql': script }))
    await failUnderPrisma(db, { name: '2_next', script, count, ...options })
    const all = made.move()
    return { db, project, run, url, [Symbol.asyncDispose]: () => all.disposeAsync() }
  }

  test('is not guessed where only rows would tell: the statements are named with the ways out, nothing is changed', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(inMigrations(HISTORY))
    await failUnderPrisma(db, { name: NAME, script: TRACED, count: 4 })
    const before = [await history(db), await query(db.url, 'SELECT * FROM howdah.run')]
    const { exit, repairs, left } = await repair(project, db)
    expect({ exit, repairs }).toEqual({ exit: 3, repairs: [] })
    expect(left[0]?.reason).toContain('line 5, UPDATE a SET runs = runs + 1')
    expect(left[0]?.reason).not.toContain('INSERT')
    const instead = left[0]?.instead.join('\n')
    expect(instead).toContain(`howdah migrate resolve --rolled-back '${NAME}'`)
    expect(instead).toContain(`howdah migrate resolve --applied '${NAME}'`)
    expect([await history(db), await query(db.url, 'SELECT * FROM howdah.run')]).toEqual(before)
  })

  test.each([
    ['none of it, as before 7.4', 0, 'closes', 'close the failed row as rolled back'],
    ['a part of it', 2, 'goes on', '2 of 4 statements took effect; deploy goes on with line 3'],
  ])('is found though the next statement runs nowhere: %s', async (_, count, __, action) => {
    const broken =
      'CREATE TABLE b (id int);\nCREATE TABLE c (id int);\nALTER TABLE gone ADD x int;\nDROP TABLE d;\n'
    await using stage = await failed(broken, count)
    const { exit, repairs, left } = await repair(stage.project, stage.db)
    expect({ exit, left }).toEqual({ exit: 0, left: [] })
    expect(repairs[0]?.action).toContain(action)
    const mended = broken.replace('ALTER TABLE gone', 'ALTER TABLE c').replace('DROP TABLE d', 'SELECT 1')
    await stage.project.write(inMigrations({ '2_next/migration.sql': mended }))
    const deployed = await stage.run('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ exit: 0 })
    expect(await query(stage.db.url, 'SELECT x FROM c')).toEqual([])
  })

  test('is not told where what could not be tried may have taken it back', async () => {
    await using stage = await failed("CREATE TABLE b (id int);\nDO $$ BEGIN RAISE 'no'; END $$;\n", 0)
    const { exit, left } = await repair(stage.project, stage.db)
    expect(exit).toBe(3)
    expect(left[0]?.reason).toContain('line 2, DO')
  })

  test('is told in spite of statements that may run again: a comment, a constant, a setting', async () => {
    const script =
      "CREATE SCHEMA other;\nSET search_path = other;\nCREATE TABLE b (id int);\nCOMMENT ON TABLE b IS 'x';\nSELECT 1/0;\n"
    await using stage = await failed(script, 4)
    const { exit, repairs } = await repair(stage.project, stage.db)
    expect({ exit, action: repairs[0]?.action }).toEqual({
      exit: 0,
      action: 'put on record that 3 of 5 statements took effect; deploy goes on with line 4',
    })
    // The path was set in a session that is gone: what comes now needs it again.
    const mended = script.replace('SELECT 1/0', 'CREATE TABLE c (id int)')
    await stage.project.write(inMigrations({ '2_next/migration.sql': mended }))
    expect(await stage.run('deploy')).toMatchObject({ exit: 0 })
    expect(await exists(stage.db, 'other.c')).toBe(true)
  })

  test('one BEGIN and COMMIT around it leaves no doubt about its rows', async () => {
    await using stage = await failed(
      "BEGIN;\nINSERT INTO a VALUES (7, 'x');\nCREATE TABLE b (id int);\nCOMMIT;\n",
      0,
    )
    expect(await repair(stage.project, stage.db)).toMatchObject({ exit: 0, left: [] })
    expect(await stage.run('deploy')).toMatchObject({ exit: 0 })
    expect(await query(stage.db.url, 'SELECT count(*)::int FROM a WHERE id = 7')).toEqual([{ count: 1 }])
  })

  test('in a drifted database the nearest place is named, and what differs from it', async () => {
    await using stage = await failed('CREATE TABLE b (id int);\nCREATE TABLE c (id int);\n', 1)
    await byHand(stage.db, 'CREATE TABLE "by hand" (id int)', 'ALTER TABLE a DROP COLUMN name')
    const { exit, left } = await repair(stage.project, stage.db)
    expect(exit).toBe(3)
    expect(left[0]?.reason).toContain('nearest is 1 of them')
    expect(left[0]?.reason).toContain('missing column public.a.name; extra table public."by hand"')
  })

  test('what a statement made for its session cannot be had again', async () => {
    const script = 'CREATE TEMP TABLE t (id int);\nCREATE TABLE b (id int);\nCREATE TABLE c (id int);\n'
    await using stage = await failed(script, 2)
    const { exit, left } = await repair(stage.project, stage.db)
    expect(exit).toBe(3)
    expect(left[0]?.reason).toContain('ended with their session: line 1, CREATE TEMP TABLE t')
  })

  test('an INVALID index counts as not built: deploy builds it anew', async () => {
    const script =
      'CREATE TABLE u (id int);\nCREATE UNIQUE INDEX CONCURRENTLY "u ""id" ON u (id);\nCREATE INDEX CONCURRENTLY u_2 ON u (id);\n'
    await using stage = await failed(script, 1)
    await byHand(stage.db, 'INSERT INTO u VALUES (1), (1)')
    await expect(byHand(stage.db, 'CREATE UNIQUE INDEX CONCURRENTLY "u ""id" ON u (id)')).rejects.toThrow(
      'could not create',
    )
    await byHand(stage.db, 'DELETE FROM u')
    const { exit, repairs } = await repair(stage.project, stage.db, '--only', 'failed-row')
    expect({ exit, repairs: repairs.length }).toEqual({ exit: 0, repairs: 1 })
    expect(await query(stage.db.url, INVALID_INDEXES)).toHaveLength(1)
    expect(await stage.run('deploy')).toMatchObject({ exit: 0 })
    expect(await query(stage.db.url, INVALID_INDEXES)).toEqual([])
  })

  test('a schema other than public, names with quotes, and a row from a clock that is ahead', async () => {
    await using stage = await failed('CREATE TABLE b (id int);\nCREATE TABLE c (id int);\n', 1, {
      schema: 'My "App',
    })
    await execute(
      stage.db.url,
      'CREATE TABLE public.of_another_application (id int)',
      `UPDATE "My ""App"._prisma_migrations SET started_at = now() + interval '1 hour' WHERE finished_at IS NULL`,
    )
    expect(await repair(stage.project, { url: stage.url })).toMatchObject({ exit: 0, left: [] })
    expect(await stage.run('deploy')).toMatchObject({ exit: 0 })
    expect(await exists(stage.db, '"My ""App".c')).toBe(true)
  })

  test('--dry-run says what would be done; a killed repair has done all of it or nothing; of two one finds nothing', async () => {
    await using stage = await failed('CREATE TABLE b (id int);\nCREATE TABLE c (id int);\n', 1)
    const before = await history(stage.db)
    const dry = await stage.run('repair', '--dry-run')
    expect(dry).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('… failed-row 2_next: put on record that 1 of 2'),
    })
    expect(await history(stage.db)).toEqual(before)

    // Its last statement waits, with all that it has written before it.
    await byHand(
      stage.db,
      'CREATE FUNCTION howdah.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END $$',
      'CREATE TRIGGER wait BEFORE UPDATE ON howdah.run FOR EACH ROW EXECUTE FUNCTION howdah.wait()',
    )
    const holder = new Client(stage.db.url)
    await holder.connect()
    try {
      await holder.query('SELECT pg_advisory_lock(42)')
      const child = startCli(['migrate', 'repair'], {
        cwd: stage.project.directory,
        env: { DATABASE_URL: stage.url },
      })
      const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 42"
      while ((await query(stage.db.url, waiting)).length === 0) await new Promise(go => setTimeout(go, 50))
      child.kill('SIGKILL')
      await child.result
    } finally {
      await holder.end()
    }
    await byHand(stage.db, 'DROP TRIGGER wait ON howdah.run')
    expect(await query(stage.db.url, "SELECT * FROM howdah.step WHERE migration = '2_next'")).toEqual([])

    const both = await Promise.all([repair(stage.project, stage.db), repair(stage.project, stage.db)])
    expect(both.map(({ exit }) => exit)).toEqual([0, 0])
    expect(both.flatMap(({ repairs }) => repairs)).toHaveLength(1)
    expect(
      await query(
        stage.db.url,
        "SELECT notes FROM howdah.run WHERE verb = 'migrate repair' AND outcome = 'done'",
      ),
    ).toMatchObject([{ notes: { 'failed-row 2_next': expect.stringContaining('1 of 2 statements') } }])
    expect(await stage.run('deploy')).toMatchObject({ exit: 0 })
    expect(await status(stage.project, stage.db)).toMatchObject({ exit: 0 })
  })

  test('a migration whose folder is gone is named, failed or applied, with the way to get it back', async () => {
    await using db = await createDatabase()
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '2_b/migration.sql': 'SELECT 1;',
    })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await using other = await createProject({ '2_b/migration.sql': 'SELECT 1;' })
    await execute(
      db.url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '3_gone')`,
    )
    const { exit, repairs, left } = await repair(other, db)
    expect({ exit, repairs }).toEqual({ exit: 3, repairs: [] })
    expect(left).toMatchObject([
      { kind: 'failed-row', subject: '3_gone', reason: expect.stringContaining('not on disk') },
      {
        kind: 'missing-folder',
        subject: '1_init',
        instead: expect.arrayContaining([expect.stringContaining('git log')]),
      },
    ])
  })

  test('more than one open row is more than can be told', async () => {
    await using stage = await failed('CREATE TABLE b (id int);\n', 0)
    const again = `INSERT INTO public._prisma_migrations (id, checksum, migration_name, finished_at) SELECT 'again', checksum, migration_name, now()
      FROM public._prisma_migrations WHERE finished_at IS NULL`
    await execute(stage.db.url, again)
    const { exit, left } = await repair(stage.project, stage.db)
    expect(exit).toBe(3)
    expect(left[0]?.reason).toBe('the history has 2 rows of it that were not rolled back')
  })

  test('nothing wrong is nothing to do, and starts no shadow; an unknown kind is refused', async () => {
    await using db = await createDatabase()
    await using project = await createProject({ '1_init/migration.sql': INIT })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const env = { DATABASE_URL: db.url }
    const nothing = await cli(['migrate', 'repair'], { cwd: project.directory, env })
    expect(nothing).toMatchObject({ exit: 0, stdout: 'Nothing to repair.\n' })
    expect(nothing.stderr).not.toContain('shadow')
    const wrong = await cli(['migrate', 'repair', '--only', 'rows'], { cwd: project.directory, env })
    expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining('failed-row, checksum') })
  })
})
