import { expect, test } from 'vitest'
import { mayChangeSchema } from './data-only.ts'
import { parseScript } from './parse.ts'

test.each([
  ['INSERT INTO a VALUES (1)', false],
  ['WITH x AS (SELECT 1) UPDATE a SET b = 1', false],
  ['DELETE FROM a', false],
  ["COMMENT ON TABLE a IS 'x'", false],
  ['SET ROLE x', false],
  ['ALTER TABLE a ADD COLUMN b int', true],
  ['CREATE VIEW v AS SELECT 1', true],
  ['DROP TABLE a', true],
  ["DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$", true],
  ["SELECT make_partitions('a')", true],
  ['ALTER ROLE app SET search_path = x', true],
])('%s may change the schema: %s', async (text, expected) => {
  const parsed = await parseScript(text)
  expect(parsed.ok && parsed.statements.map(mayChangeSchema)).toEqual([expected])
})
