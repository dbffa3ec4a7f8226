import { describe, expect, test } from 'vitest'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

describe('extra SQL', () => {
  test('an index that a killed run left INVALID is dropped and built; a valid one is recognised', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({
        '1_init/extra.sql':
          'CREATE INDEX CONCURRENTLY a_one ON a (name);\nCREATE INDEX CONCURRENTLY a_two ON a (id, name);',
      }),
    )
    // As a kill leaves it: both begun on record; the first build had just finished, the second had not.
    await execute(
      db.url,
      'CREATE INDEX a_one ON a (name)',
      'CREATE INDEX a_two ON a (id, name)',
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_two'::regclass",
      `INSERT INTO howdah.step (run_id, migration, file, scope, ordinal, checksum, summary, state, started_at)
       SELECT (SELECT id FROM howdah.run LIMIT 1), '1_init', 'extra.sql', 'statement', o, encode(sha256(t::bytea), 'hex'), 's', 'started', now()
         FROM (VALUES (0, 'CREATE INDEX CONCURRENTLY a_one ON a (name)'), (1, 'CREATE INDEX CONCURRENTLY a_two ON a (id, name)')) v(o, t)`,
    )
    const [before] = await query<{ oid: number }>(db.url, "SELECT 'a_one'::regclass::oid AS oid")
    const result = await deploy(project, db, '--json')
    expect(result.exit, result.stderr).toBe(0)
    expect(JSON.parse(result.stdout).steps.map((step: { state: string }) => step.state)).toEqual([
      'skipped',
      'applied',
    ])
    expect(await query(db.url, "SELECT 'a_one'::regclass::oid AS oid")).toEqual([before])
    expect(
      await query(db.url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_two'::regclass"),
    ).toEqual([{ indisvalid: true }])
  })

  test('statements may be added to extra SQL later; those that were applied may not be changed or taken out', async () => {
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const extra = (text: string) => project.write(inMigrations({ '1_init/extra.sql': text }))
    await extra(
      '-- why\nCREATE INDEX CONCURRENTLY a_name ON a (name);\nALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0);',
    )
    const more = await deploy(project, db, '--json')
    expect(JSON.parse(more.stdout).steps).toHaveLength(1)
    await extra(
      'CREATE INDEX CONCURRENTLY a_name ON a (id);\nALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0);',
    )
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('error[migration-edited] 1_init/extra.sql'),
    })
    await extra('CREATE INDEX CONCURRENTLY a_name ON a (name);')
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('migration-edited'),
    })
  })

  test('a concurrent index without a name is refused before anything runs', async () => {
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY ON a (name);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('statement-unsupported'),
    })
    expect(await exists(db, 'a')).toBe(false)
  })
})
