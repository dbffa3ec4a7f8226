import { expect, test } from 'vitest'
import { classify } from './classify.ts'
import { parseScript } from './parse.ts'

async function kindOf(text: string) {
  const parsed = await parseScript(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  const [statement] = parsed.statements
  if (!statement) throw new Error('no statement')
  return classify(statement)
}

test.each([
  ['CREATE INDEX i ON t (a)', { kind: 'ordinary' }],
  ['REINDEX TABLE t', { kind: 'ordinary' }],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY v', { kind: 'ordinary' }],
  ['ANALYZE t', { kind: 'ordinary' }],
  ["COPY t FROM '/tmp/x'", { kind: 'ordinary' }],
  ['CLUSTER t USING i', { kind: 'ordinary' }],
  ["ALTER TYPE m RENAME VALUE 'a' TO 'b'", { kind: 'ordinary' }],
  [
    'create unique index concurrently if not exists "I" on "S"."T" (a)',
    { kind: 'index-build', index: 'I', table: { schema: 'S', name: 'T' } },
  ],
  ['CREATE INDEX CONCURRENTLY ON t (a)', { kind: 'index-build', index: undefined }],
  ['DROP INDEX CONCURRENTLY IF EXISTS s.i', { kind: 'index-drop', indexes: [{ schema: 's', name: 'i' }] }],
  ["ALTER TYPE m ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'", { kind: 'enum-value', label: "it's" }],
  ['VACUUM (ANALYZE) t', { kind: 'repeatable-alone', what: 'VACUUM' }],
  ['REINDEX INDEX CONCURRENTLY i', { kind: 'repeatable-alone' }],
  ['REINDEX (CONCURRENTLY) TABLE t', { kind: 'repeatable-alone' }],
  ['REINDEX SCHEMA s', { kind: 'repeatable-alone' }],
  ['CLUSTER', { kind: 'repeatable-alone' }],
  ['BEGIN', { kind: 'transaction-control', what: 'BEGIN' }],
  ['START TRANSACTION', { kind: 'transaction-control', what: 'START TRANSACTION' }],
  ['END', { kind: 'transaction-control', what: 'COMMIT' }],
  ['SAVEPOINT s', { kind: 'transaction-control', what: 'SAVEPOINT' }],
  ['CREATE DATABASE d', { kind: 'unsupported', what: 'CREATE DATABASE' }],
  ["ALTER SYSTEM SET work_mem = '1MB'", { kind: 'unsupported' }],
  [
    'ALTER TABLE p DETACH PARTITION c CONCURRENTLY',
    { kind: 'unsupported', what: 'DETACH PARTITION CONCURRENTLY' },
  ],
  ['ALTER TABLE p DETACH PARTITION c', { kind: 'ordinary' }],
  ['COPY t FROM STDIN', { kind: 'unsupported', what: 'COPY' }],
])('%s', async (text, expected) => {
  expect(await kindOf(text)).toMatchObject(expected)
})
