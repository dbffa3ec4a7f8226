import { describe, expect, test } from 'vitest'
import { startCli } from '../harness/cli.ts'
import { deploy, INIT, status } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

const NONE = '-- howdah: transaction=none\n'

const marks = async (url: string) =>
  (await query<{ n: number }>(url, 'SELECT n FROM public.mark ORDER BY n')).map(({ n }) => n)

/** Commits after every row, as a backfill in a procedure does; the last division fails when `broken` has a row. */
const PROCEDURE = `CREATE TABLE mark (n int); CREATE TABLE broken (n int);
CREATE PROCEDURE fill(most int) LANGUAGE plpgsql AS $$ BEGIN
  FOR i IN 1..most LOOP INSERT INTO public.mark VALUES (i); COMMIT; END LOOP;
  IF EXISTS (SELECT FROM public.broken) THEN PERFORM 1 / 0; END IF;
END $$;`

describe.each(MAJORS)('a file without a transaction, on Postgres %i', major => {
  test('runs what refuses one: a procedure that commits, and a partition taken off concurrently', async () => {
    await using project = await createProject({
      '1_init/migration.sql': `${PROCEDURE}
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);`,
      '2_none/migration.sql': `${NONE}CALL fill(3);\nALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nDELETE FROM mark WHERE n = 2;`,
    })
    await using db = await createDatabase({ major })
    const plan = await deploy(project, db, '--dry-run', '--json')
    expect(JSON.parse(plan.stdout).steps.map((step: { transaction: string }) => step.transaction)).toEqual([
      'file',
      'alone',
      'alone',
      'alone',
    ])
    const deployed = await deploy(project, db, '--json')
    expect(deployed.exit, deployed.stderr).toBe(0)
    expect(JSON.parse(deployed.stdout).steps.at(-1)).toMatchObject({ state: 'applied', rows: 1 })
    expect(await marks(db.url)).toEqual([1, 3])
    expect(await query(db.url, "SELECT FROM pg_inherits WHERE inhparent = 'public.p'::regclass")).toEqual([])
    expect(await deploy(project, db)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Nothing to do'),
    })
  })
})

test('a procedure that failed half way is not run again until somebody has looked', async () => {
  await using project = await createProject({
    '1_init/migration.sql': `${PROCEDURE}INSERT INTO broken VALUES (1);`,
    '2_none/migration.sql': `${NONE}INSERT INTO mark VALUES (0);\nCALL fill(2);`,
  })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({
    exit: 4,
    stderr: expect.stringContaining('division by zero'),
  })
  expect(await marks(db.url)).toEqual([0, 1, 2])
  const refused = await deploy(project, db)
  expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('failed half way') })
  expect(refused.stderr).toContain('2_none/migration.sql:3:1')
  expect(refused.stderr).toContain('howdah migrate resolve --applied 2_none')
  expect(JSON.parse((await status(project, db)).stdout).refusal).toMatchObject({ code: 'gate-closed' })
  expect(await marks(db.url)).toEqual([0, 1, 2])
  await execute(db.url, 'DELETE FROM public.mark WHERE n > 0', 'DELETE FROM public.broken')
  const again = await deploy(project, db, '--allow', 'cut-off=the rows were taken back')
  expect(again.exit, again.stderr).toBe(0)
  expect(await marks(db.url)).toEqual([0, 1, 2])
})

test('a run killed in the middle of a statement leaves it unclear; an ordinary one that failed is simply run again', async () => {
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    '2_none/migration.sql': `${NONE}INSERT INTO a VALUES (2, 'two');\nSELECT 1 / (SELECT count(*) - 1 FROM a WHERE id > 1);\nSELECT pg_sleep(20);`,
  })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 4 })
  await project.write(
    inMigrations({
      '2_none/migration.sql': `${NONE}INSERT INTO a VALUES (2, 'two');\nSELECT 1 / (SELECT count(*) FROM a WHERE id > 1);\nSELECT pg_sleep(20);`,
    }),
  )
  const child = startCli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
  const sleeping = `SELECT pid FROM pg_stat_activity
    WHERE query LIKE 'SELECT pg_sleep(20)%' AND state = 'active' AND datname = current_database()`
  while ((await query(db.url, sleeping)).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
  child.kill('SIGKILL')
  await child.result
  await query(db.url, `SELECT pg_terminate_backend(pid) FROM (${sleeping}) s`)
  const refused = await deploy(project, db)
  expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('cut off: nobody knows') })
  expect(refused.stderr).toContain('2_none/migration.sql:4:1')
  await project.write(
    inMigrations({
      '2_none/migration.sql': `${NONE}INSERT INTO a VALUES (2, 'two');\nSELECT 1 / (SELECT count(*) FROM a WHERE id > 1);\nSELECT pg_sleep(0);`,
    }),
  )
  // Another statement in its place is another statement.
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  expect(await query(db.url, 'SELECT id FROM public.a ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
})
