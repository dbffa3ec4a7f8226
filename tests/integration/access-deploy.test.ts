import { describe, expect, test } from 'vitest'
import { accessStage } from '../harness/access.ts'
import { cli } from '../harness/cli.ts'
import { execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'

const FIRST = `
CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL);
CREATE FUNCTION double(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION hidden() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION hidden() FROM PUBLIC;
CREATE TYPE colour AS ENUM ('red');
`
const SECOND = `
ALTER TABLE item ADD COLUMN colour colour;
CREATE VIEW red_item AS SELECT * FROM item WHERE colour = 'red';
CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END';
CREATE TRIGGER touch BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch();
`

const run = (project: TestProject, url: string, ...args: string[]) =>
  cli(args, { cwd: project.directory, env: { DATABASE_URL: url } })

describe.each(MAJORS)('a deploy as the migrator, on Postgres %i', major => {
  test('works on a database set up for it, and what it makes can be used without further grants', async () => {
    await using stage = await accessStage(major)
    await using project = await createProject({ '1_first/migration.sql': FIRST })
    expect((await stage.setup()).exit).toBe(0)
    const migrator = await stage.urlOf(stage.names.migrator)
    const first = await run(project, migrator, 'migrate', 'deploy')
    expect(first.exit, first.stderr).toBe(0)
    await project.write(inMigrations({ '2_second/migration.sql': SECOND }))
    const second = await run(project, migrator, 'migrate', 'deploy')
    expect(second.exit, second.stderr).toBe(0)

    const application = await stage.urlOf(stage.names.application)
    await execute(
      application,
      `INSERT INTO item (name, colour) VALUES ('x', 'red')`,
      'INSERT INTO later DEFAULT VALUES',
    )
    expect(await query(application, 'SELECT name, double(id) AS d FROM red_item')).toEqual([
      { name: 'X', d: 2 },
    ])
    await expect(execute(application, 'TRUNCATE item')).rejects.toMatchObject({ code: '42501' })
    await expect(execute(application, 'SELECT * FROM howdah.step')).rejects.toMatchObject({ code: '42501' })
    const readOnly = await stage.urlOf(stage.names.readOnly)
    expect(await query(readOnly, 'SELECT name FROM red_item, later')).toEqual([{ name: 'X' }])
    await expect(
      execute(readOnly, 'SET default_transaction_read_only = off', `INSERT INTO item (name) VALUES ('y')`),
    ).rejects.toMatchObject({ code: '42501' })
    const monitor = await stage.urlOf(stage.names.monitor)
    expect(await query(monitor, 'SELECT DISTINCT state FROM howdah.step')).toEqual([{ state: 'applied' }])
    const owners = await query(
      stage.db.url,
      `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
        WHERE relnamespace IN ('public'::regnamespace, 'howdah'::regnamespace)`,
    )
    expect(owners).toEqual([{ owner: stage.names.owner }])

    // Prisma's history is the one thing that had to be there first.
    const history = JSON.parse((await stage.setup('--json')).stdout)
    expect(history.statements).toMatchObject([{ sql: expect.stringContaining('_prisma_migrations') }])
    expect(await query(monitor, 'SELECT count(*)::int AS n FROM public._prisma_migrations')).toEqual([
      { n: 2 },
    ])
    expect((await stage.setup('--check')).exit).toBe(0)
  })

  test('finds no drift in what roles and grants changed, and still finds what is drift', async () => {
    await using stage = await accessStage(major)
    await using project = await createProject({
      '1_first/migration.sql': FIRST,
      '2_second/migration.sql': SECOND,
    })
    // A database with a history, made by its master; roles and grants come later.
    const manifest = await cli(['migrate', 'verify', '--write-manifest'], { cwd: project.directory })
    expect(manifest.exit, manifest.stderr).toBe(0)
    const before = await run(project, stage.masterUrl, 'migrate', 'deploy')
    expect(before.exit, before.stderr).toBe(0)
    const made = await stage.setup()
    expect(made.exit, made.stderr).toBe(0)
    const migrator = await stage.urlOf(stage.names.migrator)
    const verified = await run(project, migrator, 'migrate', 'verify', '--json')
    expect(JSON.parse(verified.stdout).differences).toEqual([])
    expect(verified.exit).toBe(0)
    await project.write(inMigrations({ '3_third/migration.sql': 'CREATE TABLE third (id int);' }))
    const deployed = await run(project, migrator, 'migrate', 'deploy')
    expect(deployed.exit, deployed.stderr).toBe(0)
    await execute(
      stage.db.url,
      'GRANT SELECT ON public.item TO pg_checkpoint',
      'REVOKE ALL ON public.item FROM PUBLIC',
    )
    const drifted = await run(project, migrator, 'migrate', 'verify', '--shadow', '--json')
    expect(drifted.exit).toBe(6)
    expect(JSON.parse(drifted.stdout).differences).toMatchObject([
      { kind: 'extra', object: 'grant table public.item to pg_checkpoint' },
    ])
  })
})
