import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy, exists } from '../harness/migrations.ts'
import { createDatabase } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'
import { HAND_MADE, HAND_MADE_KEPT, HAND_MADE_SCHEMA } from './new/hand-made.ts'
import { DATASOURCE, folders, INIT, newMigration, projectWith, read } from './new/run-new.ts'

describe('what Prisma cannot express', () => {
  test.each([15, 18])('stays, is named, and is there after the migration on Postgres %i', async major => {
    await using project = await projectWith(HAND_MADE_SCHEMA, HAND_MADE)
    const made = await newMigration(project, ['add_nickname', '--postgres', String(major)])
    expect(made.exit, made.stderr).toBe(0)
    expect(made.report.kept.map(({ object }) => object).sort()).toEqual(HAND_MADE_KEPT)
    expect(made.report.script).toBe('-- AlterTable\nALTER TABLE "posts" ADD COLUMN     "nickname" TEXT;\n')
    expect(made.report.downProblems).toEqual([])
    expect(await read(project, made.report.migration, 'down.sql')).toContain(
      '\n\n-- AlterTable\nALTER TABLE "posts" DROP COLUMN "nickname";\n',
    )
    // The new folder is the newest, and the schema is what the history says.
    const again = await newMigration(project, ['nothing', '--postgres', String(major)])
    expect(again.report).toMatchObject({ migration: null, written: [], script: '' })
    expect((await folders(project)).length).toBe(3)
    await using db = await createDatabase({ major: major as 15 | 18 })
    const deployed = await deploy(project, db)
    expect(deployed.exit, deployed.stderr).toBe(0)
    for (const name of [
      'posts_lower',
      'posts_published',
      'posts_included',
      'posts_search',
      'audit',
      'extra_plain',
    ])
      expect([name, await exists(db, name)]).toEqual([name, true])
  })

  test('goes where --drop names it', async () => {
    await using project = await projectWith(HAND_MADE_SCHEMA, HAND_MADE)
    const { report, exit, stderr } = await newMigration(project, [
      'tidy',
      '--drop',
      'posts_included',
      '--drop',
      'posts.search',
      '--dry-run',
    ])
    expect(exit, stderr).toBe(0)
    expect(report.script).toContain('DROP INDEX "posts_included"')
    expect(report.script).toContain('DROP COLUMN "search"')
    expect(report.kept.map(({ object }) => object)).not.toContain('column posts.search')
    expect(report.downProblems).toEqual([])
    expect(report.down).toContain('INCLUDE (body)')
    expect(report.down).toContain('USING gin (search)')
  })

  test('an index on a column that is dropped goes with it, and the report says so', async () => {
    await using project = await projectWith(
      'model users {\n  id Int @id @default(autoincrement())\n  name String\n  @@index([name])\n}\n',
      { '20250101000000_init/migration.sql': `${INIT}CREATE INDEX "users_age" ON "users" (abs("age"));` },
    )
    const { report } = await newMigration(project, ['drop_age', '--dry-run'])
    expect(report.destructive.map(({ object }) => object)).toEqual(['column users.age', 'index users_age'])
    expect(report.downProblems).toEqual([])
    expect(report.down).toContain('CREATE INDEX users_age ON users USING btree (abs(age));')
  })

  test('the playground has nothing to do: all its extra indexes stay', async () => {
    const { exit, stdout, stderr } = await cli([
      'migrate',
      'new',
      'nothing',
      '--database',
      'playground',
      '--dry-run',
    ])
    expect(exit, stderr).toBe(0)
    expect(stdout.match(/^= index idx_\w+ stays: \d+_\w+\/extra.sql made it$/gm)).toHaveLength(6)
    expect(stdout).toContain('Nothing to do')
  })
})

describe('the folder', () => {
  const schema = 'model a {\n  id Int @id\n}\n'

  test('of a first migration is made with the directory and migration_lock.toml', async () => {
    await using project = await createProject()
    await project.write({ 'db/schema/base.prisma': DATASOURCE, 'db/schema/models/a.prisma': schema })
    const args = ['First: "one"', '--schema', 'db/schema', '--migrations', 'db/migrations']
    const { exit, stderr, report } = await newMigration(project, args)
    expect(exit, stderr).toBe(0)
    expect(report.migration).toMatch(/^\d{14}_first_one$/)
    const made = join(project.directory, 'db/migrations')
    expect((await readdir(made)).sort()).toEqual([report.migration, 'migration_lock.toml'])
    expect((await readdir(join(made, report.migration ?? ''))).sort()).toEqual(['down.sql', 'migration.sql'])
    expect(await readdir(join(project.directory, 'db'))).not.toContainEqual(expect.stringMatching(/^\./))
  })

  test('sorts behind every other, even one of the future; by hand it holds a down.sql that refuses to run', async () => {
    await using project = await projectWith(schema, { '29991231235959_far/migration.sql': 'SELECT 1;' })
    const { exit, stderr, report } = await newMigration(project, ['by hand', '--empty'])
    expect(exit, stderr).toBe(0)
    expect(report.migration).toBe('30000101000000_by_hand')
    expect(await read(project, report.migration, 'migration.sql')).toBe('-- This is an empty migration.')
    expect(await read(project, report.migration, 'down.sql')).toMatch(
      /^-- howdah: irreversible=write-the-way-back-or-say-why\n/,
    )
  })

  test.each([
    ['no letter', '---'],
    ['more than 200 bytes', 'é'.repeat(101)],
  ])('with a name of %s is refused', async (_, name) => {
    await using project = await projectWith(schema)
    const { exit, report } = await newMigration(project, [name === '---' ? '.-.' : name])
    expect(exit).toBe(2)
    expect(report.error).toMatchObject({ code: 'migration-name-invalid' })
  })

  test('is not written when the run is interrupted', async () => {
    await using project = await projectWith(schema)
    const interruption = new AbortController()
    setTimeout(() => interruption.abort(new Error('stop')), 300)
    const { exit } = await newMigration(project, ['x'], { signal: interruption.signal })
    expect(exit).not.toBe(0)
    expect(await folders(project)).toEqual([])
  })
})

describe('refused with nothing written', () => {
  test('a schema that is not valid, in the words of the engine; one that is not there', async () => {
    await using project = await projectWith('model a {\n  id Nonsense @id\n}\n')
    const invalid = await newMigration(project, ['x'])
    expect(invalid.exit).toBe(2)
    expect(invalid.report.error).toMatchObject({ code: 'schema-invalid' })
    expect(invalid.report.error?.message).toContain('Nonsense')
    const missing = await newMigration(project, [
      'x',
      '--schema',
      'no.prisma',
      '--migrations',
      'prisma/app/migrations',
    ])
    expect(missing.report.error).toMatchObject({ code: 'schema-unreadable' })
    expect(await folders(project)).toEqual([])
  })

  test('a migration that something Prisma does not see keeps from running', async () => {
    await using project = await projectWith(
      'model users {\n  id Int @id @default(autoincrement())\n  age Int?\n}\n',
      {
        '20250101000000_init/migration.sql': `${INIT}CREATE VIEW names AS SELECT name FROM users;`,
      },
    )
    const { exit, report } = await newMigration(project, ['x'])
    expect(exit).toBe(3)
    expect(report.error).toMatchObject({ code: 'draft-does-not-run' })
    expect(report.error?.message).toContain('other objects depend on it')
    expect(await folders(project)).toEqual(['20250101000000_init'])
  })
})

test('names carry no schema, so that one history serves URLs with several', async () => {
  await using project = await projectWith(
    'enum Mood {\n  OK\n}\nmodel users {\n  id Int @id @default(autoincrement())\n  name String\n  @@index([name])\n}\n',
    { '20250101000000_init/migration.sql': INIT },
  )
  const from = (schema: string) => ({ DATABASE_URL: `postgresql://nobody@127.0.0.1:1/app?schema=${schema}` })
  const own = await newMigration(project, ['x', '--dry-run'], { env: from('My%20Own') })
  expect(own.exit, own.stderr).toBe(0)
  expect(own.report.downProblems).toEqual([])
  expect(own.report.script + own.report.down).not.toContain('Own')
  // The engine does not double quotes inside a name, which is no reason to go without the migration.
  const quoted = await newMigration(project, ['x', '--dry-run'], { env: from('My%22Own') })
  expect(quoted.report).toMatchObject({
    script: own.report.script,
    downProblems: [expect.stringContaining('no SQL')],
  })
  expect(quoted.report.down).toMatch(/^-- howdah: irreversible=/)
})

test('a unique index is named as one that may fail where there may be rows, not on a table of the same migration', async () => {
  const model = (more: string) => `model a {\n  id Int @id\n  email String @unique\n  ${more}\n}\n`
  await using project = await projectWith(model('name String'), {})
  const first = await newMigration(project, ['first'])
  expect(first.exit, first.stderr).toBe(0)
  expect(first.report.destructive).toEqual([])
  await project.write({ 'prisma/app/schema.prisma': DATASOURCE + model('name String @unique') })
  const second = await newMigration(project, ['second'])
  expect(second.report.destructive).toMatchObject([{ object: 'index a_name_key' }])
})
