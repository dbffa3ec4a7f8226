import { describe, expect, test } from 'vitest'
import type { Ask } from '../../runner/cli/verb.ts'
import { cli } from '../harness/cli.ts'
import { deploy, exists } from '../harness/migrations.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { folders, INIT, newMigration, projectWith, read } from './new/run-new.ts'

describe('a rename', () => {
  const schema =
    'model people {\n  id Int @id @default(autoincrement())\n  full_name String\n  age Int?\n  @@index([full_name])\n}\n'
  const history = { '20250101000000_init/migration.sql': INIT }
  const flags = ['--rename', 'users=people', '--rename', 'users.name=people.full_name']

  test('that might be a loss is refused without a decision, with the flags to give', async () => {
    await using project = await projectWith(schema, history)
    const table = await newMigration(project, ['rename', '--rename', 'user=x'])
    expect(table.exit).toBe(3)
    expect(table.report.error).toMatchObject({ code: 'rename-undecided' })
    expect(table.report.error?.message).toContain('--rename user=x is about none of these')
    expect(table.report.error?.hint).toContain("--rename 'users=people', or --drop 'users'")
    const column = await newMigration(project, ['rename', '--rename', 'users=people'])
    expect(column.exit).toBe(3)
    expect(column.report.error?.hint).toContain("--rename 'people.name=people.full_name'")
    expect(await folders(project)).toEqual(['20250101000000_init'])
  })

  test.each([
    ['nothing new has that name', ['--rename', 'users=persons']],
    ['it is no pair', ['--rename', 'users']],
    ['nothing of that name is dropped, to drop', [...flags, '--drop', 'users.age']],
  ])('that cannot be is refused: %s', async (_, wrong) => {
    await using project = await projectWith(schema, history)
    const { exit, report } = await newMigration(project, ['rename', ...wrong])
    expect(exit).toBe(2)
    expect(report.error).toMatchObject({ code: 'rename-unknown' })
  })

  test('keeps the rows, and everything named after the table follows; down.sql leads back', async () => {
    await using project = await projectWith(schema, history)
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(db.url, `INSERT INTO public.users (name) VALUES ('Ada; "x"')`)
    const { exit, stderr, report } = await newMigration(project, ['rename', ...flags])
    expect(exit, stderr).toBe(0)
    expect(report.script.startsWith('-- RenameTable\nALTER TABLE "users" RENAME TO "people";\n')).toBe(true)
    expect(report.script).toContain('RENAME CONSTRAINT "users_pkey" TO "people_pkey"')
    expect(report.script).not.toContain('DROP')
    expect(report.destructive).toEqual([])
    const deployed = await deploy(project, db)
    expect(deployed.exit, deployed.stderr).toBe(0)
    expect(await query(db.url, 'SELECT full_name FROM public.people')).toEqual([{ full_name: 'Ada; "x"' }])
    await execute(db.url, 'SET search_path = public', await read(project, report.migration, 'down.sql'))
    expect(await query(db.url, 'SELECT name FROM public.users')).toEqual([{ name: 'Ada; "x"' }])
    expect(await exists(db, 'public.users_name_idx')).toBe(true)
  })

  test('of a column alone is all there is, both ways', async () => {
    await using project = await projectWith(
      'model users {\n  id Int @id @default(autoincrement())\n  name String\n  years Int?\n  @@index([name])\n}\n',
      history,
    )
    const { report, stderr } = await newMigration(project, ['years', '--rename', 'users.age=users.years'])
    expect(report.script, stderr).toBe(
      '-- RenameColumn\nALTER TABLE "users" RENAME COLUMN "age" TO "years";\n',
    )
    expect(report.downProblems).toEqual([])
    expect(report.down).toContain('\n\n-- RenameBack\nALTER TABLE "users" RENAME COLUMN "years" TO "age";\n')
  })

  test('is asked for on a terminal, until the answer is one', async () => {
    await using project = await projectWith(schema, history)
    const asked: string[] = []
    const answers = ['what?', '9', '1', '2']
    const ask: Ask = async question => {
      asked.push(question)
      return answers.shift()
    }
    const { exit, stdout, stderr } = await cli(['migrate', 'new', 'rename', '--dry-run'], {
      cwd: project.directory,
      ask,
    })
    expect(exit, stderr).toBe(0)
    expect(asked).toHaveLength(4)
    expect(asked[0]).toContain('The table users is gone from the schema.\n  1  it is now people')
    expect(stdout).toContain('→ table users is renamed to people')
    expect(stdout).toContain('! column people.name is dropped with its data')
    const ended = await cli(['migrate', 'new', 'rename'], {
      cwd: project.directory,
      ask: async () => undefined,
    })
    expect(ended.exit).toBe(3)
  })
})
