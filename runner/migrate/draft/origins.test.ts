import { describe, expect, test } from 'vitest'
import { type OriginKind, traceOrigins } from './origins.ts'

const EXTRA = '1_a/extra.sql'

const trace = (...texts: readonly (readonly [path: string, text: string])[]) =>
  traceOrigins(
    texts.map(([path, text]) => ({ path, text, byPrisma: path.endsWith('migration.sql') })),
    'public',
  )

describe('who made an object', () => {
  test.each<[string, string, OriginKind, string[]]>([
    ['an index', 'CREATE INDEX CONCURRENTLY i ON t (a)', 'index', ['public', 'i']],
    ['an index of another schema', 'CREATE INDEX i ON s.t (a)', 'index', ['s', 'i']],
    ['a renamed index', 'CREATE INDEX i ON t (a); ALTER INDEX i RENAME TO "I 2"', 'index', ['public', 'I 2']],
    [
      'a unique constraint, as an index',
      'ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)',
      'index',
      ['public', 'u'],
    ],
    [
      'a column of a table that is renamed after',
      'ALTER TABLE t ADD COLUMN c int; ALTER TABLE t RENAME TO t2',
      'column',
      ['public', 't2', 'c'],
    ],
    ['a default', "ALTER TABLE t ALTER COLUMN a SET DEFAULT ';'", 'default', ['public', 't', 'a']],
    ['a table made from a query', 'CREATE TABLE x AS SELECT 1 AS a', 'table', ['public', 'x']],
    ['a moved table', 'CREATE TABLE x (); ALTER TABLE x SET SCHEMA s', 'table', ['s', 'x']],
    ['a domain', 'CREATE DOMAIN d AS text', 'type', ['public', 'd']],
    [
      'an enum that was renamed',
      "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e RENAME TO f",
      'type',
      ['public', 'f'],
    ],
  ])('extra SQL made %s', async (_, sql, kind, name) => {
    const origins = await trace(['1_a/migration.sql', 'CREATE TABLE t (a int)'], [EXTRA, sql])
    expect(origins.madeBeside(kind, ...name)).toBe(EXTRA)
  })

  test('Prisma made it again after it was dropped', async () => {
    const origins = await trace(
      [EXTRA, 'CREATE INDEX i ON t (a)'],
      ['2_b/migration.sql', 'DROP INDEX i; CREATE INDEX i ON t (b)'],
    )
    expect(origins.madeBeside('index', 'public', 'i')).toBeUndefined()
  })

  test('IF NOT EXISTS makes nothing that is there', async () => {
    const origins = await trace(
      ['1_a/migration.sql', 'CREATE INDEX i ON t (a)'],
      [EXTRA, 'CREATE INDEX IF NOT EXISTS i ON t (a)'],
    )
    expect(origins.madeBeside('index', 'public', 'i')).toBeUndefined()
  })

  test('what nobody is seen to make may come from a block of code, where there is one', async () => {
    const without = await trace([EXTRA, 'CREATE INDEX i ON t (a)'])
    expect(without.madeUnseen('index', 'public', 'j')).toBe(false)
    const withCode = await trace([
      EXTRA,
      'CREATE INDEX i ON t (a); DO $$ BEGIN EXECUTE $x$CREATE INDEX j ON t (a)$x$; END $$',
    ])
    expect(withCode.madeUnseen('index', 'public', 'j')).toBe(true)
    expect(withCode.madeUnseen('index', 'public', 'i')).toBe(false)
  })
})
