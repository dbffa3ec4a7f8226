import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { startCli } from '../harness/cli.ts'
import { deploy, INIT, status } from '../harness/migrations.ts'
import { createDatabase, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'
import { failUnderPrisma } from './repair/prisma-failure.ts'
import { byHand, repair } from './repair/repair-verb.ts'

/** Puts everything there is under version control. */
function commit({ directory }: TestProject): void {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: directory })
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'as it ran')
}

const SHAPES = 'CREATE TABLE "Sha pe" (id int);\nCREATE INDEX "Sha pe idx" ON "Sha pe" (id);\n'

const FILES = { '1_init/migration.sql': INIT, "2_it's/migration.sql": SHAPES }

const state = async (project: TestProject, db: TestDatabase) => {
  const { migrations } = JSON.parse((await status(project, db)).stdout)
  return migrations.map((each: { state: string }) => each.state)
}

describe.each(MAJORS)('a file that was edited after it was applied, on Postgres %i', major => {
  test('gets its new checksum where the schema is what it says now', async () => {
    await using db = await createDatabase({ major })
    await using project = await createProject(FILES)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({ "2_it's/migration.sql": `-- why\n${SHAPES.replace('id int', 'id integer')}` }),
    )
    const refused = await deploy(project, db)
    expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('howdah migrate repair') })
    const { exit, repairs, left, stderr } = await repair(project, db)
    expect({ exit, left }, stderr).toEqual({ exit: 0, left: [] })
    expect(repairs).toMatchObject([{ kind: 'checksum', subject: "2_it's", state: 'repaired' }])
    expect(await state(project, db)).toEqual(['applied', 'applied'])
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })
})

describe('a file that was edited after it was applied', () => {
  test('is left where the schema is not what it says, or rows are what it is about', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({
        '1_init/migration.sql': `${INIT}-- a comment`,
        "2_it's/migration.sql": SHAPES.replace('(id int)', '(id bigint)'),
      }),
    )
    const { exit, repairs, left } = await repair(project, db)
    expect({ exit, repairs }).toEqual({ exit: 3, repairs: [] })
    expect(left).toMatchObject([
      { subject: '1_init', reason: expect.stringContaining('line 2, INSERT INTO a') },
      { subject: "2_it's", reason: expect.stringContaining('changed column public."Sha pe".id (type)') },
    ])
    expect(await state(project, db)).toEqual(['edited', 'edited'])
  })

  test('is compared with the text that ran, where git has that', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    commit(project)
    const comments = `-- why\n${INIT.replace('int PRIMARY', 'int\n  PRIMARY')} /* the end */`
    await project.write(inMigrations({ '1_init/migration.sql': comments }))
    const same = await repair(project, db)
    expect(same.exit, same.stderr).toBe(0)
    expect(same.repairs).toMatchObject([{ subject: '1_init', proof: expect.stringContaining('comments') }])
    expect(same.stderr).not.toContain('shadow')

    // The one about rows stands in both; what was edited is shown by the schema.
    await project.write(inMigrations({ '1_init/migration.sql': INIT }))
    await byHand(db, 'ALTER TABLE a ADD COLUMN more int')
    await query(db.url, `UPDATE _prisma_migrations SET checksum = $1 WHERE migration_name = '1_init'`, [
      (await import('../../runner/migrate/history/checksum.ts')).checksum(INIT),
    ])
    await project.write(
      inMigrations({ '1_init/migration.sql': INIT.replace('name text', 'name text, more int') }),
    )
    expect(await repair(project, db)).toMatchObject({ exit: 0, left: [] })
    expect(await state(project, db)).toEqual(['applied', 'applied'])
  })

  test('is left where the edit took out what changed rows', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    commit(project)
    await project.write(inMigrations({ '1_init/migration.sql': INIT.replace(/INSERT.*\n/, '') }))
    const { exit, left } = await repair(project, db)
    expect(exit).toBe(3)
    expect(left[0]?.reason).toContain('line 2, INSERT INTO a VALUES')
    expect(left[0]?.reason).toContain('the edit is about')
  })

  test('is judged without git where there is none', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    commit(project)
    await project.write(inMigrations({ '1_init/migration.sql': `${INIT}-- a comment` }))
    const child = startCli(['migrate', 'repair'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url, PATH: '/nowhere' },
    })
    const result = await child.result
    expect(result, result.stderr).toMatchObject({
      exit: 3,
      stdout: expect.stringContaining('not in git here'),
    })
  })
})

describe('a file that failed under another tool and was corrected since', () => {
  const RAN =
    'CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\nCREATE TABLE c (id int);\nCREATE TABLE d (id nothing);\n'

  async function corrected(now: string, versioned: boolean) {
    await using made = new AsyncDisposableStack()
    const db = made.use(await createDatabase())
    const project = made.use(await createProject({ '1_init/migration.sql': INIT }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(inMigrations({ '2_b/migration.sql': RAN }))
    if (versioned) commit(project)
    await failUnderPrisma(db, { name: '2_b', script: RAN, count: 3 })
    await project.write(inMigrations({ '2_b/migration.sql': now }))
    if (versioned) commit(project)
    const all = made.move()
    return { db, project, [Symbol.asyncDispose]: () => all.disposeAsync() }
  }

  test('is replayed as it ran, and goes on as it is, where what ran stands in it unchanged', async () => {
    await using stage = await corrected(`-- corrected\n${RAN.replace('nothing', 'int')}`, true)
    const { exit, left, stderr } = await repair(stage.project, stage.db)
    expect({ exit, left }, stderr).toEqual({ exit: 0, left: [] })
    expect(await deploy(stage.project, stage.db)).toMatchObject({ exit: 0 })
    expect(await query(stage.db.url, 'SELECT count(*)::int AS rows FROM b')).toEqual([{ rows: 1 }])
  })

  test.each([
    ['what ran was edited', RAN.replace('(1)', '(2)').replace('nothing', 'int'), true, 'were edited since'],
    ['git does not have it', RAN.replace('nothing', 'int'), false, 'not the text that ran'],
  ])('is left where %s', async (_, now, versioned, reason) => {
    await using stage = await corrected(now, versioned)
    const { exit, left } = await repair(stage.project, stage.db)
    expect(exit).toBe(3)
    expect(left[0]?.reason).toContain(reason)
  })
})
