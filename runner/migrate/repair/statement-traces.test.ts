import { expect, test } from 'vitest'
import { parseScript } from '../../sql/parse.ts'
import { isSessionSetting, isShownByCatalogue, mayRunAgain, needsItsSession } from './statement-traces.ts'

async function nodeOf(sql: string) {
  const parsed = await parseScript(sql)
  if (!parsed.ok || !parsed.statements[0]) throw new Error(sql)
  return parsed.statements[0].node
}

test.each([
  'SELECT 1',
  "SELECT pg_catalog.set_config('search_path', '', false)",
  'SET x.y = 1',
  "COMMENT ON TABLE a IS 'x'",
  'ANALYZE a',
  'GRANT SELECT ON a TO b',
  'CREATE TABLE IF NOT EXISTS a ()',
  'DROP TABLE IF EXISTS a',
  'CREATE OR REPLACE VIEW v AS SELECT 1',
])('%s may run again', async sql => {
  expect(mayRunAgain(await nodeOf(sql))).toBe(true)
})

test.each([
  'SELECT nextval($$s$$)',
  'SELECT * FROM a_view_that_may_call_anything',
  'SELECT 1 INTO b',
  'WITH d AS (DELETE FROM a RETURNING 1) SELECT 1',
  'INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING',
  'UPDATE a SET b = b + 1',
  'DO $$ BEGIN END $$',
  'CALL p()',
  'TRUNCATE a',
  'CREATE TABLE a ()',
  'CREATE TABLE IF NOT EXISTS a AS SELECT 1',
  'ALTER TABLE IF EXISTS a ALTER b TYPE int USING b + 1',
])('%s may not run again', async sql => {
  expect(mayRunAgain(await nodeOf(sql))).toBe(false)
})

test.each([
  ['CREATE TABLE a (id int)', true],
  ['CREATE TEMP TABLE a (id int)', false],
  ['CREATE TABLE a AS SELECT 1', false],
  ['ALTER TABLE a ADD b int, DROP c', true],
  ['ALTER TABLE a ADD b int, ALTER c TYPE int USING c + 1', false],
  ['ALTER TABLE a OWNER TO b', false],
  ['INSERT INTO a VALUES (1)', false],
  ['COMMENT ON TABLE a IS NULL', false],
  ['CREATE EXTENSION x', false],
  ['ALTER SEQUENCE s RESTART', false],
])('%s is shown by the catalogue: %s', async (sql, shown) => {
  expect(isShownByCatalogue(await nodeOf(sql))).toBe(shown)
})

test('what ends with the session is a setting or a thing that is bound to it', async () => {
  expect(isSessionSetting(await nodeOf('SET ROLE x'))).toBe(true)
  expect(isSessionSetting(await nodeOf("SELECT set_config('a.b', nextval('s')::text, false)"))).toBe(false)
  for (const sql of ['CREATE TEMP TABLE a ()', 'PREPARE p AS SELECT 1', 'SELECT 1 INTO TEMP a'])
    expect(needsItsSession(await nodeOf(sql)), sql).toBe(true)
  expect(needsItsSession(await nodeOf('CREATE TABLE a ()'))).toBe(false)
})
