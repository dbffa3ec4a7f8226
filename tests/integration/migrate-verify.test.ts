import { createHash } from 'node:crypto'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHECKOUT, cli } from '../harness/cli.ts'
import { deploy } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'
import { DRIFTS } from './verify/drifts.ts'
import { HOSTILE, READER, WRITER } from './verify/hostile-history.ts'

// As an object a drift's name appears in the test's title shortened.
const byName = DRIFTS.map(drift => [drift.what, drift] as const)

interface Reported {
  readonly ok: boolean
  readonly differences: readonly { kind: string; object: string; attribute?: string }[]
  readonly pending: readonly string[]
  readonly notes: readonly string[]
  readonly objects: number
  readonly expectation: { readonly source: string; readonly reason?: string }
}

async function verify(directory: string, url: string, ...args: string[]) {
  const { exit, stdout, stderr } = await cli(['migrate', 'verify', '--json', ...args], {
    cwd: directory,
    env: { DATABASE_URL: url },
  })
  return { exit, stderr, report: (stdout ? JSON.parse(stdout) : undefined) as Reported }
}

const names = ({ differences }: Reported) =>
  differences.map(({ kind, object, attribute }) => `${kind} ${object}${attribute ? `: ${attribute}` : ''}`)

/** The tests' role is called howdah, and so is our ledger's schema: by default that would be where it makes things. */
const byHand = (db: TestDatabase, ...statements: readonly string[]) =>
  execute(db.url, 'SET search_path = public', ...statements)

const writeManifest = (directory: string) =>
  cli(['migrate', 'verify', '--write-manifest'], { cwd: directory })

describe('the manifest of the playground', () => {
  test('is what its history yields on every version (else: howdah migrate verify --write-manifest)', async () => {
    await using project = await createProject()
    await cp(
      join(CHECKOUT, 'prisma/playground/migrations'),
      join(project.directory, 'prisma/app/migrations'),
      {
        recursive: true,
      },
    )
    const written = await writeManifest(project.directory)
    expect(written.exit, written.stderr).toBe(0)
    const [made, committed] = await Promise.all(
      [join(project.directory, 'prisma/app'), join(CHECKOUT, 'prisma/playground')].map(folder =>
        readFile(join(folder, 'catalogue.json'), 'utf8'),
      ),
    )
    expect(committed).toBe(made)
  })
})

describe('a history of everything', () => {
  let project: TestProject

  beforeAll(async () => {
    project = await createProject(HOSTILE)
    const written = await writeManifest(project.directory)
    expect(written.exit, written.stderr).toBe(0)
  })

  afterAll(() => project?.[Symbol.asyncDispose]())

  describe.each(MAJORS)('on Postgres %i', major => {
    let deployed: TestDatabase

    beforeAll(async () => {
      deployed = await createDatabase({ major })
      const writer = `"${WRITER.replaceAll('"', '""')}"`
      await execute(
        deployed.url,
        ...[READER, writer].map(
          role => `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
        ),
      )
      const result = await deploy(project, deployed)
      expect(result.exit, result.stderr).toBe(0)
    })

    afterAll(() => deployed?.[Symbol.asyncDispose]())

    test('there is no drift right after deploy, by the manifest and by a shadow', async () => {
      const manifest = await verify(project.directory, deployed.url)
      expect(names(manifest.report)).toEqual([])
      expect(manifest).toMatchObject({ exit: 0, report: { expectation: { source: 'manifest' }, notes: [] } })
      const shadow = await verify(project.directory, deployed.url, '--shadow')
      expect(names(shadow.report)).toEqual([])
      expect(shadow).toMatchObject({ exit: 0, report: { expectation: { source: 'shadow' }, notes: [] } })
      expect(shadow.report.objects).toBe(manifest.report.objects)
    })

    test.each(byName)('%s: that is named, and nothing else', async (_, { sql, differences }) => {
      await using db = await createDatabase({ major, template: deployed.name })
      await byHand(db, ...sql)
      const { exit, report, stderr } = await verify(project.directory, db.url)
      expect(exit, stderr).toBe(6)
      expect(names(report)).toEqual(differences)
    })

    test('partitions, extensions and default privileges of the operators are noted, and no drift', async () => {
      await using db = await createDatabase({ major, template: deployed.name })
      await byHand(
        db,
        "CREATE TABLE event_2027 PARTITION OF event FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
        'CREATE EXTENSION pg_stat_statements',
        'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO pg_monitor',
        'GRANT USAGE ON SCHEMA public TO pg_monitor',
        'DROP SEQUENCE tickets',
        'CREATE SEQUENCE tickets START 100 INCREMENT 5 MAXVALUE 100000 CACHE 10 CYCLE',
        `GRANT ALL ON SEQUENCE tickets TO ${READER}`,
      )
      const { exit, report } = await verify(project.directory, db.url)
      expect(names(report)).toEqual([])
      expect(exit).toBe(0)
      expect(report.notes).toEqual([
        expect.stringContaining('extension pg_stat_statements'),
        expect.stringContaining('grant schema public to pg_monitor'),
        expect.stringContaining('grant sequence public.tickets to pg_monitor'),
        expect.stringContaining('table public.event_2027 is a partition of public.event'),
      ])
    })

    test('the playground has no drift after deploy, and its hand-made change is told with what to do', async () => {
      await using db = await createDatabase({ major })
      const env = { DATABASE_URL: db.url }
      const args = ['--database', 'playground']
      expect(await cli(['migrate', 'deploy', ...args], { env })).toMatchObject({ exit: 0 })
      const clean = await cli(['migrate', 'verify', ...args], { env })
      expect(clean).toMatchObject({
        exit: 0,
        stdout: expect.stringContaining('The schema is what its history says'),
      })
      await execute(db.url, 'DROP INDEX idx_users_email_lower')
      const drifted = await cli(['migrate', 'verify', ...args], { env })
      expect(drifted.exit).toBe(6)
      expect(drifted.stdout).toContain('✘ missing  index public.users.idx_users_email_lower')
      expect(drifted.stdout).toContain('CREATE INDEX CONCURRENTLY idx_users_email_lower ON public.users')
    })
  })
})

describe('what counts as history', () => {
  const FIRST = { '20250101000000_a/migration.sql': 'CREATE TABLE a (id int);' }
  const LATER = {
    '20250101000000_a/extra.sql':
      'CREATE INDEX CONCURRENTLY a_id ON a (id); -- why\nALTER TABLE a ADD CHECK (id > 0);',
    '20250101000001_b/migration.sql': 'CREATE TABLE b (id int);',
  }

  /** A manifest that says it was made from some files. */
  const manifestOf = (migrations: Readonly<Record<string, string>>) => {
    const sums = Object.entries(migrations).map(([path, text]) => [
      path,
      createHash('sha256').update(text).digest('hex'),
    ])
    const head = { version: 1, schema: 'public', schemas: ['public'], majors: [18], objects: [] }
    return { 'prisma/app/catalogue.json': JSON.stringify({ ...head, files: Object.fromEntries(sums) }) }
  }

  test('what is pending is told, and is no drift; what was done by hand meanwhile is', async () => {
    await using project = await createProject(FIRST)
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(inMigrations(LATER))
    await project.write(manifestOf({ ...FIRST, ...LATER }))
    const before = await verify(project.directory, db.url)
    expect(before).toMatchObject({
      exit: 0,
      report: {
        differences: [],
        pending: ['2 extra statements of 20250101000000_a', '20250101000001_b'],
        expectation: { source: 'shadow', reason: expect.stringContaining('pending') },
      },
    })
    await byHand(db, 'CREATE TABLE b (id int)')
    expect(names((await verify(project.directory, db.url)).report)).toEqual(['extra table public.b'])
  })

  test('repeatables are history: applied ones are expected, new ones pending, replaced ones a reason not to judge', async () => {
    await using project = await createProject(FIRST)
    const repeatable = (name: string, text: string) =>
      project.write({ [`prisma/app/repeatable/${name}.sql`]: text })
    await repeatable('a', 'CREATE OR REPLACE VIEW v AS SELECT id FROM a;')
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await repeatable(
      'b',
      'CREATE OR REPLACE VIEW w AS SELECT id FROM a; GRANT SELECT ON w TO nobody_made_him;',
    )
    expect(await verify(project.directory, db.url)).toMatchObject({
      exit: 0,
      report: { differences: [], pending: ['repeatable/b.sql'] },
    })
    await project.write(manifestOf(FIRST))
    expect((await verify(project.directory, db.url)).stderr).toContain('repeatable/a.sql and 1 more changed')
    await repeatable('a', 'CREATE OR REPLACE VIEW v AS SELECT id + 1 AS id FROM a;')
    const replaced = await verify(project.directory, db.url, '--shadow')
    expect(replaced.exit).toBe(6)
    expect(replaced.stderr).toContain('repeatable/a.sql changed since it was applied')
    await byHand(db, 'DROP VIEW v')
    await repeatable('a', 'CREATE OR REPLACE VIEW v AS SELECT id FROM a;')
    const dropped = await verify(project.directory, db.url, '--shadow')
    expect(names(dropped.report)).toEqual(['missing view public.v'])
  })

  test('a manifest made from other files is an error of its own', async () => {
    await using project = await createProject(FIRST)
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(manifestOf(FIRST))
    await project.write(inMigrations(LATER))
    const stale = await verify(project.directory, db.url)
    expect(stale.exit).toBe(6)
    expect(stale.stderr).toContain('manifest-stale')
    expect(stale.stderr).toContain('20250101000000_a/extra.sql and 1 more changed')
    expect(stale.stderr).toContain('howdah migrate verify --write-manifest --database app')
    expect(await verify(project.directory, db.url, '--shadow')).toMatchObject({ exit: 0 })
    await project.write({ 'prisma/app/catalogue.json': '{"version": 1' })
    expect(await verify(project.directory, db.url)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('manifest-unreadable'),
    })
  })

  test('what cannot be compared does not count as equal: exit 6, and why', async () => {
    await using project = await createProject({
      ...FIRST,
      '20250101000001_half/migration.sql': 'CREATE TABLE half (id int);\nSELECT 1 / 0;',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    const half = await verify(project.directory, db.url)
    expect(half.exit).toBe(6)
    expect(half.stderr).toContain('20250101000001_half failed half way')
    await execute(
      db.url,
      "UPDATE _prisma_migrations SET finished_at = now() WHERE migration_name LIKE '%half'",
    )
    const unbuilt = await verify(project.directory, db.url)
    expect(unbuilt.exit).toBe(6)
    expect(unbuilt.stderr).toMatch(
      /the shadow server did not get there: .*half\/migration.sql:2:.*division by zero/,
    )
  })

  test("a grant to the tables' owner is none of its grants, and no drift", async () => {
    const owner = '"Verify Owner"'
    await using project = await createProject({
      ...FIRST,
      '20250101000001_grant/migration.sql': `GRANT SELECT ON a TO ${owner};`,
    })
    await using db = await createDatabase()
    await execute(
      db.url,
      `DO $$ BEGIN CREATE ROLE ${owner}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    )
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(db.url, `ALTER TABLE public.a OWNER TO ${owner}`)
    expect(await verify(project.directory, db.url)).toMatchObject({ exit: 0, report: { differences: [] } })
    await byHand(db, 'ALTER TABLE a OWNER TO pg_monitor', `REVOKE ALL ON a FROM ${owner}`)
    expect(names((await verify(project.directory, db.url)).report)).toEqual([
      `missing grant table public.a to ${owner}`,
    ])
  })

  test('the schema of the URL is the one that is compared', async () => {
    await using project = await createProject(FIRST)
    await using db = await createDatabase()
    const url = `${db.url}?schema=My%20App`
    expect(await cli(['migrate', 'deploy', '--database-url', url], { cwd: project.directory })).toMatchObject(
      { exit: 0 },
    )
    await execute(db.url, 'CREATE TABLE public.of_another_application (id int)')
    expect(await verify(project.directory, url)).toMatchObject({ exit: 0, report: { differences: [] } })
    await execute(db.url, 'ALTER TABLE "My App".a ADD x int')
    expect(names((await verify(project.directory, url)).report)).toEqual(['extra column "My App".a.x'])
  })
})
