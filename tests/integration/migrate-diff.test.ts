import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy } from '../harness/migrations.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { HAND_MADE, HAND_MADE_KEPT, HAND_MADE_SCHEMA } from './new/hand-made.ts'

interface Reported {
  readonly empty: boolean
  readonly script: string
  readonly statements: readonly string[]
  readonly kept: readonly { readonly object: string }[]
}

async function handMade(): Promise<TestProject> {
  const project = await createProject(HAND_MADE)
  const datasource = 'datasource db {\n  provider = "postgresql"\n}\n'
  await project.write({ 'prisma/app/schema.prisma': datasource + HAND_MADE_SCHEMA })
  return project
}

async function diff({ directory }: TestProject, url: string | undefined, ...args: string[]) {
  const env = url === undefined ? {} : { DATABASE_URL: url }
  const result = await cli(['migrate', 'diff', '--json', ...args], { cwd: directory, env })
  return { ...result, report: (result.stdout ? JSON.parse(result.stdout) : undefined) as Reported }
}

const catalogue = ({ url }: TestDatabase) =>
  query(url, 'SELECT oid::int8, relname, relkind, relfilenode::int8, xmin::text FROM pg_class ORDER BY oid')

const databases = async ({ adminUrl }: TestDatabase) =>
  (
    await query<{ datname: string }>(
      adminUrl,
      "SELECT datname FROM pg_database WHERE datname ~ '^(howdah|.*shadow)_'",
    )
  ).length

describe('from the history to the schema', () => {
  test('what `new` would write is printed as SQL, and what stays as comments; 6 only with --exit-code', async () => {
    await using project = await handMade()
    const { exit, stdout, stderr } = await cli(['migrate', 'diff'], { cwd: project.directory })
    expect(exit, stderr).toBe(0)
    const [sql, comments] = [
      stdout.split('\n').filter(line => !line.startsWith('-- =')),
      stdout.match(/^-- = /gm),
    ]
    expect(sql.join('\n')).toBe('-- AlterTable\nALTER TABLE "posts" ADD COLUMN     "nickname" TEXT;\n')
    expect(comments).toHaveLength(HAND_MADE_KEPT.length)
    const { exit: different, report } = await diff(project, undefined, '--exit-code')
    expect(different).toBe(6)
    expect(report.kept.map(({ object }) => object).sort()).toEqual(HAND_MADE_KEPT)
  })

  test('with --all what Prisma would do to the rest is there as well', async () => {
    await using project = await handMade()
    const { report } = await diff(project, undefined, '--all')
    expect(report.kept).toEqual([])
    for (const statement of [
      'DROP INDEX "posts_included"',
      'DROP TABLE "audit"',
      'DROP TYPE "extra_kind"',
      'DROP COLUMN "search"',
    ])
      expect(report.script).toContain(statement)
  })
})

describe.each([15, 18] as const)('a database on Postgres %i', major => {
  test('is compared without a change, by a role that may only read', async () => {
    await using project = await handMade()
    await using db = await createDatabase({ major })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const role = `reader_${db.name}`
    await execute(
      db.url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'`,
      `ALTER TABLE public.posts ADD COLUMN by_hand int`,
    )
    try {
      const url = new URL(db.url)
      url.username = role
      url.password = 'x'
      const blind = await diff(project, url.href, '--from', 'schema', '--to', 'database')
      expect(blind).toMatchObject({ exit: 2, report: { error: { code: 'privilege-missing' } } })
      await execute(db.url, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
      const before = [await catalogue(db), await databases(db)]
      const drift = await diff(project, url.href, '--from', 'migrations', '--to', 'database')
      expect(drift.exit, drift.stderr).toBe(0)
      expect(drift.report.statements).toEqual([
        'ALTER TABLE "public"."posts" ADD COLUMN     "by_hand" INTEGER',
      ])
      const schema = await diff(project, url.href, '--from', 'database', '--to', 'schema')
      expect(schema.exit, schema.stderr).toBe(0)
      // A DO block of the history made that index; here it could as well have been made by hand.
      expect(schema.report.statements).toEqual([
        'DROP INDEX "by_block"',
        'ALTER TABLE "posts" DROP COLUMN "by_hand",\nADD COLUMN     "nickname" TEXT',
      ])
      expect(schema.report.kept.map(({ object }) => object).sort()).toEqual(
        HAND_MADE_KEPT.filter(object => object !== 'index by_block'),
      )
      expect([await catalogue(db), await databases(db)]).toEqual(before)
    } finally {
      await execute(db.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`)
    }
  })

  test('made from what leads from nothing to the schema is what the schema says', async () => {
    await using project = await handMade()
    await using db = await createDatabase({ major })
    const { report } = await diff(
      project,
      undefined,
      '--from',
      'empty',
      '--to',
      'schema',
      '--postgres',
      String(major),
    )
    await execute(db.url, 'SET search_path = public', report.script)
    const same = await diff(project, db.url, '--from', 'schema', '--to', 'database', '--exit-code')
    expect(same.report).toMatchObject({ empty: true, script: '' })
    expect(same.exit).toBe(0)
  })
})

test('a database with several schemas is compared with its history in all of them', async () => {
  await using project = await createProject({
    '20250101000000_init/migration.sql':
      'CREATE SCHEMA "other"; CREATE TABLE "a" (id int PRIMARY KEY); CREATE TABLE "other"."b" (id int PRIMARY KEY, a int REFERENCES "a");',
  })
  await project.write({
    'prisma/app/schema.prisma':
      'datasource db {\n  provider = "postgresql"\n  schemas = ["other", "public"]\n}\nmodel a {\n  id Int @id\n  @@schema("public")\n}\n',
  })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  const same = await diff(project, db.url, '--to', 'database')
  expect(same.report, same.stderr).toMatchObject({ empty: true })
  await execute(db.url, 'ALTER TABLE other.b ADD COLUMN c int')
  const drift = await diff(project, db.url, '--to', 'database')
  expect(drift.report.statements).toEqual(['ALTER TABLE "other"."b" ADD COLUMN     "c" INTEGER'])
})

test('a side that is none is refused, and so is a database without an address', async () => {
  await using project = await handMade()
  const wrong = await diff(project, undefined, '--from', 'production')
  expect(wrong).toMatchObject({ exit: 2, report: { error: { code: 'usage-invalid' } } })
  const nowhere = await diff(project, undefined, '--to', 'database')
  expect(nowhere).toMatchObject({ exit: 2, report: { error: { code: 'database-url-missing' } } })
})
