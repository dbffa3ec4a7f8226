import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { fingerprint } from '../harness/fingerprint.ts'
import { deploy, exists, history, INIT, status } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'

const rollback = (project: TestProject, db: TestDatabase, ...args: readonly string[]) =>
  cli(['migrate', 'rollback', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

/** One that is transactional, one that goes statement by statement, and one with hostile names. */
const HISTORY = {
  '1_init/migration.sql': INIT,
  '2_more/migration.sql':
    'CREATE TABLE more (id int PRIMARY KEY, a_id int REFERENCES a);\nALTER TABLE a ADD COLUMN note text;',
  '2_more/extra.sql': 'ALTER TABLE more ADD CONSTRAINT positive CHECK (id > 0);',
  '2_more/down.sql': 'ALTER TABLE a DROP COLUMN note;\nDROP TABLE more;\n',
  '3_indexes/migration.sql': 'CREATE INDEX a_name ON a (name);\nCREATE VIEW names AS SELECT name FROM a;',
  '3_indexes/extra.sql':
    'CREATE INDEX CONCURRENTLY "Größe; \'a\'" ON a (name, id);\nCREATE INDEX CONCURRENTLY a_both ON a (id, name);',
  '3_indexes/down.sql':
    'DROP INDEX CONCURRENTLY a_both;\nDROP VIEW names;\nDROP INDEX CONCURRENTLY "Größe; \'a\'";\nDROP INDEX a_name;',
}

const steps = (db: TestDatabase) =>
  query<{ at: string; state: string }>(
    db.url,
    `SELECT concat_ws(' ', migration, file, ordinal) AS at, state FROM howdah.step ORDER BY id`,
  )

const rows = async (db: TestDatabase) =>
  (await history(db)).map(row => `${row.migration_name} ${row.rolled_back ? 'rolled back' : 'applied'}`)

describe.each(MAJORS)('on Postgres %i', major => {
  test('everything newer is undone, newest first; deploy applies it again, and it can be undone again', async () => {
    await using db = await createDatabase({ major })
    await using project = await createProject({ '1_init/migration.sql': INIT })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const before = await fingerprint(db.url)
    await project.write(inMigrations(HISTORY))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const after = await fingerprint(db.url)

    const refused = await rollback(project, db, '--to', '1_init')
    expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('error[rollback-loses-data]') })
    expect(refused.stderr).toContain('column a.note: its values, 0 of them not null now')
    expect(await fingerprint(db.url)).toEqual(after)

    const result = await rollback(project, db, '--to', '1_init', '--accept-data-loss')
    expect(result, result.stderr).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('2 migrations undone, to 1_init; the way back was proved on a shadow'),
    })
    expect(await fingerprint(db.url)).toEqual(before)
    expect(await rows(db)).toEqual(['1_init applied', '2_more rolled back', '3_indexes rolled back'])
    expect(new Set((await steps(db)).map(({ at, state }) => `${at.split(' ')[0]} ${state}`))).toEqual(
      new Set(['1_init applied', '2_more undone', '3_indexes undone']),
    )
    expect(
      await query(db.url, `SELECT verb, outcome, allowed FROM howdah.run ORDER BY started_at DESC LIMIT 1`),
    ).toEqual([
      {
        verb: 'migrate rollback',
        outcome: 'done',
        allowed: { 'data-loss': 'accepted for a rollback to 1_init' },
      },
    ])
    expect(JSON.parse((await status(project, db)).stdout).migrations).toMatchObject([
      { state: 'applied' },
      { state: 'pending' },
      { state: 'pending' },
    ])

    // Once more, forth and back: nothing of the first time is in the way.
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await fingerprint(db.url)).toEqual(after)
    expect(await rollback(project, db, '--to', '2_more')).toMatchObject({ exit: 0 })
    expect(await exists(db, 'names')).toBe(false)
    expect(await exists(db, 'more')).toBe(true)
    expect(await rollback(project, db, '--to', '2_more')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Nothing to do: nothing newer than 2_more is applied.'),
    })
  })
})
