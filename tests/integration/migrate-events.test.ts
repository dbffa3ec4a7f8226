import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { MIGRATION_EVENTS } from '../../runner/migrate/migrate.ts'
import { cli } from '../harness/cli.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

interface Line {
  readonly event: keyof typeof MIGRATION_EVENTS
  readonly level: string
  readonly run: string
  readonly [field: string]: unknown
}

/** The events of migrations among the lines of a log. */
const eventsIn = (stderr: string): Line[] =>
  stderr.split('\n').flatMap(line => {
    if (!line.startsWith('{')) return []
    const parsed = JSON.parse(line) as Line
    return parsed.event in MIGRATION_EVENTS ? [parsed] : []
  })

const until = async (condition: () => Promise<boolean>) => {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 20))
}

test('every event of the table is logged by a run that has cause to, with its level and exactly its fields', async () => {
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    '2_gone/migration.sql': 'CREATE TABLE b (id int);',
  })
  await project.write({
    'prisma/app/repeatable/1.sql': 'CREATE OR REPLACE VIEW v AS SELECT id, name FROM a;',
    'prisma/app/repeatable/2.sql': 'CREATE OR REPLACE VIEW w AS SELECT id FROM v;',
  })
  await using db = await createDatabase()
  const seen: Line[] = []
  const run = (...args: string[]) => runOn(db, ...args)
  const runOn = async (database: TestDatabase, ...args: string[]) => {
    const { exit, stderr } = await deploy(
      project,
      database,
      '--log-level',
      'debug',
      '--log-format',
      'json',
      ...args,
    )
    const events = eventsIn(stderr)
    seen.push(...events)
    return { exit, events, stderr }
  }
  const client = async () => {
    const session = new Client(db.url)
    session.on('error', () => undefined)
    await session.connect()
    return session
  }
  const has = async (text: string) => (await query(db.url, text)).length > 0

  const first = await run()
  expect(first.events.map(({ event }) => event)).toEqual([
    'run.started',
    ...['migration.started', 'step.applied', 'migration.applied'],
    ...['migration.started', 'step.applied', 'migration.applied'],
    'repeatables.applied',
    'run.finished',
  ])
  expect(first.events.at(0)).toMatchObject({ migrations: 2, steps: 2, repeatables: 2 })
  expect(first.events.at(-1)).toMatchObject({
    outcome: 'done',
    applied: 4,
    failed: 0,
    notRun: 0,
    errorCode: null,
  })
  const [recorded] = await query<{ id: string }>(db.url, 'SELECT id FROM howdah.run')
  expect(new Set(first.events.map(line => line.run))).toEqual(new Set([recorded?.id]))
  expect((await run()).events).toEqual([])

  // A build that waits for a writer, and then for somebody who waits for the run lock as Prisma does.
  await project.write(
    inMigrations({
      '3_index/migration.sql': 'SELECT 1;',
      '3_index/extra.sql': 'CREATE INDEX CONCURRENTLY i ON a (name);',
    }),
  )
  const [writer, waiter] = [await client(), await client()]
  await writer.query("BEGIN; UPDATE a SET name = 'x'")
  const building = run()
  await until(() =>
    has("SELECT 1 FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting for writers%'"),
  )
  // The watcher has looked at least once since.
  await until(() =>
    has(`SELECT 1 FROM pg_stat_activity a JOIN pg_stat_activity b USING (datname, application_name)
          WHERE a.query LIKE '%pg_blocking_pids(%' AND a.state = 'idle' AND a.query_start > b.query_start + interval '200 ms' AND b.query LIKE 'CREATE INDEX%'`),
  )
  const waiting = waiter.query('SELECT pg_advisory_lock(72707369)').catch(error => String(error.code))
  await until(() => has("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
  await writer.end()
  expect((await building).exit).toBe(0)
  expect(await waiting).toBe('57014')
  await waiter.end()

  // What a killed build leaves behind, and a build whose first attempt the server ends for a passing reason.
  await rm(join(project.directory, 'prisma/app/migrations/2_gone'), { recursive: true })
  await execute(
    db.url,
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
    "UPDATE howdah.step SET state = 'started' WHERE file = 'extra.sql'",
    `CREATE FUNCTION once() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
       IF NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND pid = pg_backend_pid()) THEN
         PERFORM pg_advisory_lock(42);
         RAISE EXCEPTION 'deadlock, as it were' USING ERRCODE = '40P01';
       END IF; END $$`,
    "CREATE EVENT TRIGGER once ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION once()",
  )
  const healed = await run()
  expect(healed.exit, healed.stderr).toBe(0)
  await execute(db.url, 'DROP EVENT TRIGGER once')

  // A view that others use, and a table that somebody holds.
  await project.write({
    'prisma/app/repeatable/1.sql': 'CREATE OR REPLACE VIEW v AS SELECT id FROM a;',
    ...inMigrations({ '4_alter/migration.sql': 'ALTER TABLE b ADD COLUMN c int;' }),
  })
  const idle = await client()
  await idle.query('BEGIN; SELECT * FROM b')
  // Old enough to be named before the first attempt.
  await new Promise(resolve => setTimeout(resolve, 1100))
  const brief = ['--lock-timeout-ms', '200', '--lock-budget-ms']
  const blocked = await run(...brief, '300')
  expect(blocked.exit).toBe(5)
  expect(blocked.events.at(-1)).toMatchObject({
    outcome: 'failed',
    errorCode: 'migration-lock-timeout',
    failed: 1,
    notRun: 1,
  })
  expect((await run(...brief, '5000', '--terminate-blockers-after-ms', '1')).exit).toBe(0)
  await idle.end().catch(() => undefined)

  // A hook that prints, and a pooler that is not there.
  const nobody = 'postgresql://admin@127.0.0.1:1/pgbouncer'
  await project.write({
    'prisma/app/hooks/before-run.sh': '#!/bin/sh\necho "checking $HOWDAH_HOOK_EVENT"\n',
    ...inMigrations({ '5_more/migration.sql': 'CREATE TABLE d (id int);' }),
  })
  await chmod(join(project.directory, 'prisma/app/hooks/before-run.sh'), 0o755)
  const hooked = await run('--pooler-admin-urls', nobody)
  expect(hooked.exit, hooked.stderr).toBe(4)
  expect(hooked.stderr).toContain('before-run.sh | checking before-run')
  await rm(join(project.directory, 'prisma/app/hooks'), { recursive: true })
  // A great table, as the planner believes, and a role that may not ask where the data is.
  await using great = await createDatabase()
  const role = `howdah_${crypto.randomUUID().replaceAll('-', '')}`
  await execute(
    great.url,
    `CREATE ROLE ${role} LOGIN PASSWORD 'test'`,
    `GRANT ALL ON DATABASE ${great.name} TO ${role}`,
    `GRANT ALL ON SCHEMA public TO ${role}`,
    // More than a small database, which is not asked about.
    'CREATE SCHEMA other',
    'CREATE TABLE other.filler AS SELECT repeat(md5(g::text), 60) FROM generate_series(1, 40000) g',
  )
  const url = new URL(great.url)
  url.username = role
  url.password = 'test'
  const limited = { ...great, url: url.href }
  for (const folder of ['migrations', 'repeatable'])
    await rm(join(project.directory, 'prisma/app', folder), { recursive: true })
  await project.write(inMigrations({ '1_great/migration.sql': 'CREATE TABLE great (id int);' }))
  expect((await runOn(limited)).exit).toBe(0)
  await execute(great.url, "UPDATE pg_class SET reltuples = 1e9 WHERE relname = 'great'")
  await project.write(
    inMigrations({
      '2_index/migration.sql': 'CREATE INDEX j ON great (id);',
      '2_index/down.sql': 'DROP INDEX j;',
    }),
  )
  const unknown = await runOn(limited)
  expect(unknown.exit, unknown.stderr).toBe(0)
  const back = await cli(
    ['migrate', 'rollback', '--to', '1_great', '--log-level', 'debug', '--log-format', 'json'],
    { cwd: project.directory, env: { DATABASE_URL: limited.url } },
  )
  expect(back.exit, back.stderr).toBe(0)
  seen.push(...eventsIn(back.stderr))
  await execute(great.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`)

  // Needs PgBouncer: tests/integration/pooler-reconnect.test.ts.
  const elsewhere = ['pooler.closing']
  const all = [...new Set([...seen.map(({ event }) => event), ...elsewhere])]
  expect(all.sort()).toEqual(Object.keys(MIGRATION_EVENTS).sort())
  for (const { time, level, event, run: id, message, ...fields } of seen) {
    const { level: expected, fields: declared } = MIGRATION_EVENTS[event]
    expect(level, event).toBe(expected)
    expect(Object.keys(fields).sort(), event).toEqual(Object.keys(declared).sort())
    expect(id, event).toMatch(/^[0-9a-f-]{36}$/)
    for (const [name, { kind }] of Object.entries(declared as Record<string, { kind: string }>)) {
      const value = fields[name]
      const actual =
        value === null
          ? 'null'
          : Array.isArray(value)
            ? 'list'
            : typeof value === 'string'
              ? 'text'
              : typeof value
      expect(kind.replace('list of sessions', 'list').split(' or '), `${event}.${name}`).toContain(actual)
    }
    expect(JSON.stringify(fields), event).not.toContain('SELECT * FROM b')
  }
})

test('at the level info a deploy of many migrations logs no line a step', async () => {
  const files = Array.from(
    { length: 30 },
    (_, index) => [`${100 + index}_m/migration.sql`, 'SELECT 1;'] as const,
  )
  await using project = await createProject(Object.fromEntries(files))
  await using db = await createDatabase()
  const { exit, stderr } = await deploy(project, db, '--log-format', 'json')
  expect(exit).toBe(0)
  expect(eventsIn(stderr).map(({ event }) => event)).toEqual(['run.started', 'run.finished'])
})
