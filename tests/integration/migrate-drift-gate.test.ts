import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { resolveDatabaseFolder } from '../../runner/config/database-folder.ts'
import { schemaDrift } from '../../runner/metrics/collectors/schema-drift.ts'
import { cli } from '../harness/cli.ts'
import { ask } from '../harness/collectors.ts'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'

const FIRST = {
  '1_init/migration.sql': `${INIT}CREATE VIEW v AS SELECT id FROM a;`,
  '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_lower ON a (lower(name));',
}

const more = (name: string) => inMigrations({ [`${name}/migration.sql`]: `CREATE TABLE t${name} (id int);` })

const drift = (stdout: string) => JSON.parse(stdout).drift

async function manifestOf(migrations: Readonly<Record<string, string>>): Promise<string> {
  await using project = await createProject(migrations)
  const written = await cli(['migrate', 'verify', '--write-manifest'], { cwd: project.directory })
  expect(written.exit, written.stderr).toBe(0)
  return readFile(join(project.directory, MANIFEST), 'utf8')
}

const MANIFEST = 'prisma/app/catalogue.json'

// Each takes servers of four versions: made once for all.
let first: string
let second: string
beforeAll(async () => {
  first = await manifestOf(FIRST)
  second = await manifestOf({ ...FIRST, '2/migration.sql': 'CREATE TABLE t2 (id int);' })
})

describe.each(MAJORS)('on Postgres %i', major => {
  test('a schema changed by hand since the last run stops the next one, and is named', async () => {
    await using project = await createProject(FIRST)
    await using db = await createDatabase({ major })
    await project.write({ [MANIFEST]: first })
    const one = await deploy(project, db, '--json')
    expect(one.exit, one.stderr).toBe(0)
    // An empty database has nothing to look at.
    expect(drift(one.stdout)).toBeNull()

    // What the runs themselves did is no drift, nor is what the manifest does not speak of.
    await project.write({ ...more('2'), [MANIFEST]: second })
    await execute(db.url, 'CREATE SCHEMA other', 'CREATE TABLE other.t (id int)', 'ANALYZE')
    const two = await deploy(project, db, '--json')
    expect(two.exit, two.stderr).toBe(0)
    expect(drift(two.stdout)).toEqual({ state: 'checked', differences: [] })

    await execute(
      db.url,
      'DROP INDEX public.a_lower',
      'ALTER TABLE public.a ALTER name SET NOT NULL',
      'CREATE TABLE public.mine (id int)',
    )
    await project.write(more('3'))
    for (const args of [[], ['--dry-run']]) {
      const refused = await deploy(project, db, ...args)
      expect(refused.exit).toBe(3)
      expect(refused.stderr).toContain('column public.a.name (nullable) was changed')
      expect(refused.stderr).toContain('index public.a.a_lower is gone')
      expect(refused.stderr).toContain('table public.mine was added')
      expect(refused.stderr).toContain('(gate drift)')
    }
    expect(await exists(db, 'public.t3')).toBe(false)
    const allowed = await deploy(project, db, '--allow', 'drift=the index was in the way')
    expect(allowed.exit, allowed.stderr).toBe(0)
    expect(await exists(db, 'public.t3')).toBe(true)
  })
})

interface Spoiled {
  readonly title: string
  readonly reason: RegExp
  readonly spoil: (project: TestProject, db: TestDatabase) => Promise<void>
}

const SPOILED: readonly Spoiled[] = [
  {
    title: 'another tool has applied a migration',
    reason: /by another tool/,
    spoil: async (project, db) => {
      await project.write(more('2'))
      await execute(
        db.url,
        'CREATE TABLE public.t2 (id int)',
        `INSERT INTO public._prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'y', '2', now())`,
        `UPDATE public._prisma_migrations SET checksum = encode(sha256('CREATE TABLE t2 (id int);'), 'hex') WHERE id = 'x'`,
      )
    },
  },
  {
    title: 'a run had no fresh manifest',
    reason: /had no fresh manifest/,
    spoil: async (project, db) => {
      await project.write(more('2'))
      expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    },
  },
  {
    title: 'a run failed half way',
    reason: /did not come to its end/,
    spoil: async (project, db) => {
      const path = '2/migration.sql'
      await project.write(
        inMigrations({ [path]: '-- howdah: transaction=statement\nCREATE TABLE t2 (id int); SELECT 1/0;' }),
      )
      expect(await deploy(project, db)).toMatchObject({ exit: 4 })
      await project.write(
        inMigrations({ [path]: '-- howdah: transaction=statement\nCREATE TABLE t2 (id int); SELECT 1;' }),
      )
    },
  },
]

test.each(SPOILED)(
  'where $title, drift is not looked for and the report says why',
  async ({ reason, spoil }) => {
    await using project = await createProject(FIRST)
    await using db = await createDatabase()
    await project.write({ [MANIFEST]: first })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await spoil(project, db)
    await project.write(more('3'))
    const next = await deploy(project, db, '--json')
    expect(next.exit, next.stderr).toBe(0)
    expect(drift(next.stdout)).toMatchObject({ state: 'unchecked', reason: expect.stringMatching(reason) })
  },
)

test('a migration that failed and was rolled back whole leaves the expectation as it was', async () => {
  await using project = await createProject(FIRST)
  await using db = await createDatabase()
  await project.write({ [MANIFEST]: first })
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await project.write(inMigrations({ '2/migration.sql': 'CREATE TABLE t2 (id int); SELECT 1/0;' }))
  expect(await deploy(project, db)).toMatchObject({ exit: 4 })
  await execute(db.url, 'CREATE TABLE public.mine (id int)')
  await project.write(more('2'))
  const next = await deploy(project, db)
  expect(next.exit, next.stderr).toBe(3)
  expect(next.stderr).toContain('table public.mine was added')
  expect(await query(db.url, 'SELECT count(*)::int AS runs FROM howdah.catalogue')).toEqual([{ runs: 1 }])
})

describe.each(MAJORS)('metrics on Postgres %i', major => {
  test('drift is measured as deploy finds it, and absent where nobody can tell', async () => {
    await using project = await createProject(FIRST)
    await using db = await createDatabase({ major })
    const measured = async (url = db.url) => {
      const folder = await resolveDatabaseFolder(project.directory, undefined, {})
      const { series, failures } = await ask(url, [schemaDrift], { folder })
      expect(failures).toEqual({})
      return Object.fromEntries(series.map(({ labels, value }) => [labels.kind, value]))
    }
    expect(await measured()).toEqual({})
    await project.write({ [MANIFEST]: first })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await measured()).toEqual({ missing: 0, extra: 0, changed: 0 })
    await execute(
      db.url,
      'DROP INDEX public.a_lower',
      'ALTER TABLE public.a ALTER name SET NOT NULL',
      'CREATE TABLE public.mine (id int)',
      `ALTER DATABASE "${db.name}" SET search_path = public`,
    )
    expect(await measured()).toEqual({ missing: 1, extra: 1, changed: 1 })
    const role = `monitor_${db.name}`
    const setup = await cli(['setup', 'monitor-role', '--role', role, '--apply'], {
      env: { DATABASE_URL: db.url, HOWDAH_MONITOR_PASSWORD: 'x' },
    })
    expect(setup.exit, setup.stderr).toBe(0)
    onTestFinished(() => execute(db.adminUrl, `DROP ROLE ${role}`))
    const monitor = Object.assign(new URL(db.url), { username: role, password: 'x' }).href
    // What lets it look is no drift.
    expect(await measured(monitor)).toEqual({ missing: 1, extra: 1, changed: 1 })
    expect(await measured(monitor)).toEqual(await measured())
    await execute(db.url, `GRANT INSERT ON public.a TO ${role}`)
    expect(await measured()).toEqual({ missing: 1, extra: 2, changed: 1 })
    await execute(db.url, `DROP OWNED BY ${role}`)
    // A run that left no manifest: what the schema should be is no longer known.
    await execute(
      db.url,
      'CREATE INDEX a_lower ON public.a (lower(name))',
      'ALTER TABLE public.a ALTER name DROP NOT NULL',
      'DROP TABLE public.mine',
    )
    expect(await measured()).toEqual({ missing: 0, extra: 0, changed: 0 })
    await project.write(more('3'))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await measured()).toEqual({})
  })
})
