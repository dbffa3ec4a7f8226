import { describe, expect, test } from 'vitest'
import { readScript } from '../plan/script.ts'
import { droppedRepeatables } from './dropped-repeatables.ts'
import { gradeRollback } from './grade.ts'

async function grade(down: string | undefined, up = '', extra = '') {
  const way = down === undefined ? undefined : await readScript('1', 'down.sql', down)
  const scripts = [await readScript('1', 'migration.sql', up), await readScript('1', 'extra.sql', extra)]
  const { losses, ...rest } = gradeRollback(way, scripts)
  return {
    ...rest,
    losses: losses.map(
      each => `${each.by} ${each.kind} ${each.object}: ${each.reason} ${each.file}:${each.line}`,
    ),
  }
}

describe('there is no way back', () => {
  test('without a down.sql', async () => {
    expect(await grade(undefined)).toEqual({ grade: 'impossible', losses: [], reason: 'it has no down.sql' })
  })

  test('where down.sql says so, whatever else it holds', async () => {
    const skeleton = '-- howdah: irreversible=write-the-way-back-or-say-why\n\nDROP INDEX i;'
    expect(await grade(skeleton)).toMatchObject({
      grade: 'impossible',
      reason: 'its down.sql says irreversible=write-the-way-back-or-say-why',
    })
    expect(await grade('-- howdah: irreversible=mails-were-sent\n')).toMatchObject({ grade: 'impossible' })
  })
})

describe('nothing is lost by', () => {
  test.each([
    [''],
    ['DROP INDEX i'],
    ['DROP INDEX CONCURRENTLY i CASCADE'],
    [
      'DROP VIEW v; DROP FUNCTION f(int); DROP PROCEDURE p; DROP TRIGGER t ON a; DROP POLICY p ON a; DROP RULE r ON a',
    ],
    ['DROP TYPE s."Mood"; DROP DOMAIN d; DROP SCHEMA s; DROP STATISTICS st'],
    ['ALTER TABLE a DROP CONSTRAINT c, ALTER b DROP DEFAULT, ALTER b SET DEFAULT 1, ALTER b DROP NOT NULL'],
    ['ALTER TABLE a ADD COLUMN c int, ADD CONSTRAINT k CHECK (c > 0) NOT VALID, VALIDATE CONSTRAINT k'],
    ['ALTER TABLE a DISABLE ROW LEVEL SECURITY, DISABLE TRIGGER t'],
    ["ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME COLUMN c TO d; ALTER TYPE m RENAME VALUE 'x' TO 'y'"],
    ['CREATE TABLE a (id int); CREATE INDEX i ON a (lower(id::text)); INSERT INTO a VALUES (1)'],
    ['CREATE TABLE tmp (id int); INSERT INTO tmp SELECT 1; DELETE FROM tmp; DROP TABLE tmp'],
    ['GRANT SELECT ON a TO r; REVOKE SELECT ON a FROM r; COMMENT ON TABLE a IS NULL'],
    [
      'CREATE OR REPLACE VIEW v AS SELECT f() AS x; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    ],
    ['SELECT 1; SET search_path = public'],
  ])('%s', async down => {
    expect(await grade(down)).toEqual({ grade: 'lossless', losses: [] })
  })

  test('going back to a wider type', async () => {
    for (const [up, down] of [
      ['varchar(20)', 'varchar(50)'],
      ['varchar(20)', 'text'],
      ['int', 'bigint'],
      ['smallint', 'numeric'],
      ['timestamp(0)', 'timestamp'],
    ]) {
      const result = await grade(
        `ALTER TABLE a ALTER c TYPE ${down}`,
        `ALTER TABLE a ALTER COLUMN c TYPE ${up}`,
      )
      // Going forth it did lose something, which is said of the migration and not of the way back.
      expect(result.losses.filter(each => each.startsWith('rollback'))).toEqual([])
    }
  })
})

describe('lost is', () => {
  test.each([
    ['DROP TABLE a, s."B c"', ['table a: its rows', 'table s."B c": its rows']],
    ['DROP TABLE a CASCADE', ['table a: its rows', 'unknown : whatever depends on a (CASCADE)']],
    ['DROP VIEW v CASCADE', ['unknown : whatever depends on v (CASCADE)']],
    ['DROP TYPE t CASCADE', ['unknown : whatever depends on t (CASCADE)']],
    ['DROP SEQUENCE s', ['sequence s: the number it has counted to']],
    ['DROP MATERIALIZED VIEW m', ['rows m: what it held when it was last refreshed']],
    ['DROP EXTENSION citext', ['unknown extension citext: what it holds is not known']],
    ['ALTER TABLE a DROP b, DROP COLUMN "C"', ['column a.b: its values', 'column a."C": its values']],
    [
      'ALTER TABLE a DROP b CASCADE',
      ['column a.b: its values', 'unknown : whatever depends on a.b (CASCADE)'],
    ],
    ['ALTER TABLE a ALTER b DROP IDENTITY', ['sequence a.b: the number its identity has counted to']],
    ['ALTER TABLE a ALTER b TYPE varchar(3)', ['type a.b: what does not fit varchar(3)']],
    [
      'ALTER TABLE a ALTER b TYPE int USING length(b)',
      ['type a.b: what the conversion to int4 (USING) does not keep'],
    ],
    [
      'ALTER TYPE point2 DROP ATTRIBUTE y',
      ['unknown point2: what columns of this composite type hold in the attribute'],
    ],
    [
      'ALTER TABLE a DETACH PARTITION b',
      ['unknown a: whatever DetachPartition does: this version does not know it'],
    ],
    ['DELETE FROM a WHERE id = 1', ['rows a: those that DELETE takes']],
    ['TRUNCATE a', ['rows a: TRUNCATE takes them all']],
    [
      'TRUNCATE a CASCADE',
      ['rows a: TRUNCATE takes them all', 'unknown : the rows of whatever refers to them (CASCADE)'],
    ],
    ['UPDATE a SET b = 1', ['values a: UPDATE overwrites them']],
    [
      'INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET b = 1',
      ['values a: ON CONFLICT DO UPDATE overwrites them'],
    ],
    ['WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d', ['rows a: those that DELETE takes']],
    [
      'WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d',
      ['rows a: those that DELETE takes'],
    ],
    ["SELECT setval('s', 1)", ['sequence : the number that setval overwrites']],
    ['CREATE TABLE a (id int); DROP TABLE s.a', ['table s.a: its rows']],
    ['DO $$ BEGIN END $$', ['unknown : whatever the DO block does']],
    ['CALL p()', ['unknown : whatever the procedure does']],
    ['SELECT purge()', ['unknown : whatever the function purge does']],
    ['INSERT INTO a SELECT purge()', ['unknown : whatever the function purge does']],
    ['MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE', ['values a: MERGE changes them']],
    ['DROP OWNED BY r', ['unknown : whatever DropOwned does: this version does not know it']],
    ['CREATE TABLE IF NOT EXISTS a (id int); DROP TABLE a', ['table a: its rows']],
  ])('%s', async (down, expected) => {
    const { grade: found, losses } = await grade(down)
    expect(found).toBe('lossy')
    expect(losses).toEqual(expected.map(each => `rollback ${each} down.sql:1`))
  })

  test('a label added to an enum that was there, and none of an enum the migration made', async () => {
    const up =
      "CREATE TYPE own AS ENUM ('a');\nALTER TYPE own ADD VALUE 'b';\nALTER TYPE s.mood ADD VALUE 'great';"
    expect(await grade('DROP TYPE own', up)).toEqual({
      grade: 'lossy',
      losses: [
        "rollback enum value s.mood 'great': rows that hold it lose it, or stop the rollback migration.sql:3",
      ],
    })
  })
})

describe('named as lost already is what the migration destroyed', () => {
  test.each([
    ['CREATE TABLE a (id int)', 'DROP TABLE a', 'table a: its rows migration.sql:1'],
    ['ALTER TABLE a ADD b text', 'ALTER TABLE a DROP b', 'column a.b: its values migration.sql:1'],
    ['', 'DELETE FROM a', 'rows a: those that DELETE takes migration.sql:1'],
    ['', 'UPDATE a SET b = lower(b)', 'values a: UPDATE overwrites them migration.sql:1'],
    [
      'ALTER TABLE a ALTER b TYPE text',
      'ALTER TABLE a ALTER b TYPE varchar(3)',
      'type a.b: what does not fit varchar(3) migration.sql:1',
    ],
  ])('back by %j from %j', async (down, up, expected) => {
    expect(await grade(down, up)).toEqual({ grade: 'lossy', losses: [`migration ${expected}`] })
  })

  test('in extra.sql as well, but not what it made itself', async () => {
    const up = 'CREATE TABLE own (id int); DELETE FROM own; DROP TABLE own'
    expect(await grade('', up, '-- gone\nTRUNCATE a')).toMatchObject({
      losses: ['migration rows a: TRUNCATE takes them all extra.sql:2'],
    })
  })
})

test('the repeatables that a down.sql drops are found by what they make, and all of them under CASCADE', async () => {
  const repeatable = async (name: string, text: string) => ({
    name,
    checksum: '',
    script: await readScript<string>('repeatable', name, text),
  })
  const all = [
    await repeatable('v.sql', 'CREATE OR REPLACE VIEW public.v AS SELECT 1'),
    await repeatable(
      'f.sql',
      'CREATE OR REPLACE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    ),
    await repeatable('t.sql', 'CREATE OR REPLACE TRIGGER "T" AFTER INSERT ON a EXECUTE FUNCTION f()'),
    await repeatable('g.sql', 'GRANT SELECT ON a TO PUBLIC'),
  ]
  const dropped = async (down: string) => droppedRepeatables(await readScript('1', 'down.sql', down), all)
  expect(await dropped('DROP VIEW IF EXISTS v; DROP TABLE a')).toEqual(['v.sql'])
  expect(await dropped('DROP FUNCTION s.f(int); DROP TRIGGER "T" ON a')).toEqual(['f.sql', 't.sql'])
  expect(await dropped('ALTER TABLE a DROP b CASCADE')).toEqual(['v.sql', 'f.sql', 't.sql', 'g.sql'])
  expect(await dropped('DROP INDEX i')).toEqual([])
})
