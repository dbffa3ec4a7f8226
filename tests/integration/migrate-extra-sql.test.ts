import { describe, expect, test } from 'vitest'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
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

  test.each(MAJORS)(
    'an index on a partitioned table is built partition by partition on Postgres %i, and after a failure goes on',
    async major => {
      await using project = await createProject({
        '1_init/migration.sql': [
          'CREATE TABLE m (id int, day date, note text) PARTITION BY RANGE (day);',
          "CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');",
          "CREATE TABLE m_2 PARTITION OF m FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);",
          'CREATE TABLE "M 2 One" PARTITION OF m_2 FOR VALUES IN (1);',
          'CREATE TABLE m_2_rest PARTITION OF m_2 DEFAULT;',
          "INSERT INTO m VALUES (1, '2024-05-01', 'a'), (1, '2025-05-01', 'b'), (2, '2025-05-01', 'c'), (2, '2025-05-01', 'c');",
        ].join('\n'),
        '1_init/extra.sql':
          "CREATE /* on */ UNIQUE INDEX CONCURRENTLY m_key ON m (id, day, lower(note)) WHERE note <> 'zz';",
      })
      await using db = await createDatabase({ major })
      const failed = await deploy(project, db)
      expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('1_init/extra.sql:1:1') })
      await execute(
        db.url,
        "DELETE FROM m WHERE ctid = (SELECT max(ctid) FROM m_2_rest) AND tableoid = 'm_2_rest'::regclass",
      )
      const mended = await deploy(project, db)
      expect(mended.exit, mended.stderr).toBe(0)
      const indexes = await query<{ name: string; valid: boolean; definition: string }>(
        db.url,
        `SELECT i.indexrelid::regclass::text AS name, i.indisvalid AS valid, pg_get_indexdef(i.indexrelid) AS definition
         FROM pg_partition_tree('m_key') t JOIN pg_index i ON i.indexrelid = t.relid`,
      )
      expect(indexes).toHaveLength(5)
      expect(indexes.every(({ valid }) => valid)).toBe(true)
      for (const { definition } of indexes) {
        expect(definition).toMatch(
          /^CREATE UNIQUE INDEX .*\(id, day, lower\(note\)\) WHERE \(note <> 'zz'::text\)$/,
        )
      }
    },
  )

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
