import { describe, expect, test } from 'vitest'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

const steps = (stdout: string): { state: string; transaction?: string; migration: string }[] =>
  JSON.parse(stdout).steps

describe('gates before the first statement', () => {
  test('a migration older than the newest applied one is refused; let through, the reason is on record', async () => {
    await using project = await createProject({
      '20240101000000_a/migration.sql': INIT,
      '20240103000000_c/migration.sql': 'CREATE TABLE c (id int);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(inMigrations({ '20240102000000_b/migration.sql': 'CREATE TABLE b (id int);' }))
    const refused = await deploy(project, db)
    expect(refused).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('error[gate-closed] 20240102000000_b is pending but older'),
    })
    expect(refused.stderr).toContain('mv 20240102000000_b <YYYYMMDDHHMMSS>_b')
    expect(await exists(db, 'b')).toBe(false)
    expect(await deploy(project, db, '--allow', 'out-of-order=merged late')).toMatchObject({ exit: 0 })
    expect(await exists(db, 'b')).toBe(true)
    expect(await query(db.url, `SELECT allowed FROM howdah.run ORDER BY started_at DESC LIMIT 1`)).toEqual([
      { allowed: { 'out-of-order': 'merged late' } },
    ])
  })

  test('an edited migration that is let through stays applied, and what is new is applied', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({
        '1_init/migration.sql': `${INIT}-- a comment`,
        '2_b/migration.sql': 'CREATE TABLE b (id int);',
      }),
    )
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('gate edited'),
    })
    const through = await deploy(project, db, '--json', '--allow', 'edited=only a comment')
    expect(through.exit, through.stderr).toBe(0)
    expect(steps(through.stdout).map(({ migration }) => migration)).toEqual(['2_b'])
  })

  test('a wrong --allow is refused with the gates there are', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db, '--allow', 'everything=please')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('Gates: edited, out-of-order, duplicate-prefix'),
    })
  })
})

describe('directives', () => {
  test('a file can ask for one transaction a statement: what came before a failure stays', async () => {
    await using project = await createProject({
      '1_split/migration.sql': '-- howdah: transaction=statement\nCREATE TABLE a (id int);\nSELECT 1 / 0;',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining('1_split/migration.sql:3:1'),
    })
    expect(await exists(db, 'a')).toBe(true)
  })

  test('a file that asks for one transaction and cannot have it is refused', async () => {
    await using project = await createProject({
      '1_no/migration.sql':
        '-- howdah: transaction=file\nCREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('directive-invalid'),
    })
    expect(await exists(db, 'a')).toBe(false)
  })

  test('what only writes to the catalogue gets half a minute, all else the bound of the run, and what a file asks for goes before both', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(
      db.url,
      'CREATE TABLE public.seen (at serial, tag text, bound text)',
      `CREATE FUNCTION public.see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.seen (tag, bound) VALUES (tg_tag, current_setting('statement_timeout')); END $$`,
      "CREATE EVENT TRIGGER see ON ddl_command_start WHEN TAG IN ('ALTER TABLE', 'COMMENT', 'CREATE INDEX') EXECUTE FUNCTION public.see()",
    )
    await project.write(
      inMigrations({
        '2_brief/migration.sql': "ALTER TABLE a ADD COLUMN c int;\nCOMMENT ON TABLE a IS 'x';",
        '2_brief/extra.sql': 'ALTER TABLE a ADD COLUMN d int;\nCREATE INDEX a_c ON a (c);',
        '3_rows/migration.sql': 'ALTER TABLE a ADD COLUMN e int;\nUPDATE a SET e = 1;',
        '4_asked/migration.sql': '-- howdah: statement_timeout=5min\nALTER TABLE a ADD COLUMN f int;',
      }),
    )
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const bounds = () => query(db.url, 'SELECT tag, bound FROM public.seen ORDER BY at')
    expect(await bounds()).toEqual([
      { tag: 'ALTER TABLE', bound: '30s' },
      { tag: 'COMMENT', bound: '30s' },
      { tag: 'ALTER TABLE', bound: '30s' },
      { tag: 'CREATE INDEX', bound: '15min' },
      { tag: 'ALTER TABLE', bound: '15min' },
      { tag: 'ALTER TABLE', bound: '5min' },
    ])
    await execute(db.url, 'TRUNCATE public.seen')
    await project.write(inMigrations({ '5_short/migration.sql': 'ALTER TABLE a ADD COLUMN g int;' }))
    expect(await deploy(project, db, '--statement-timeout-ms', '7000')).toMatchObject({ exit: 0 })
    expect(await bounds()).toEqual([{ tag: 'ALTER TABLE', bound: '7s' }])
  })

  test('a statement timeout of the file goes before that of the run', async () => {
    await using project = await createProject({
      '1_slow/migration.sql': '-- howdah: statement_timeout=50ms\nSELECT pg_sleep(30);',
      '2_after/migration.sql': 'SELECT pg_sleep(0.1);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 4, stderr: expect.stringContaining('57014') })
    await project.write(inMigrations({ '1_slow/migration.sql': 'SELECT 1;' }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })
})
