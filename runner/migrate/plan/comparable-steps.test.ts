import { expect, test } from 'vitest'
import { comparableKey, findComparable } from './comparable-steps.ts'

test.each([
  ['CREATE INDEX CONCURRENTLY i ON t (a)', 'concurrent index build t'],
  ['create unique index concurrently if not exists "I" on "S"."T" (a, b…', 'concurrent index build T'],
  ['CREATE INDEX ON ONLY s.T (a)', 'index build t'],
  ['ALTER TABLE t VALIDATE CONSTRAINT c', 'validation t'],
  ['ALTER TABLE IF EXISTS ONLY "t" ADD CONSTRAINT c CHECK (a > 0)', 'new constraint t'],
  ['ALTER TABLE t ALTER COLUMN a SET DATA TYPE bigint', 'type change t'],
  ['UPDATE t SET a = 1', 'update t'],
  ['VACUUM (ANALYZE) t', 'vacuum t'],
  ['CREATE TABLE t (id int)', undefined],
  ['ALTER TABLE t ADD COLUMN a int', undefined],
  ['3 statements in one transaction', undefined],
])('%s is comparable as: %s', (summary, key) => {
  expect(comparableKey(summary)).toBe(key)
})

test('the newest counts, and the longest is told', () => {
  const step = (summary: string, durationMs: number, finishedAt: string) => ({
    summary,
    durationMs,
    finishedAt,
  })
  const durations = [
    step('UPDATE t SET a = 1', 20, '2026-02-01'),
    step('UPDATE u SET a = 1', 99, '2026-01-20'),
    step('UPDATE "t" SET b = 2', 70, '2026-01-01'),
  ]
  expect(findComparable('update T set c = 3', durations)).toEqual({
    count: 2,
    lastMs: 20,
    longestMs: 70,
    lastAt: '2026-02-01',
  })
  expect(findComparable('DELETE FROM t', durations)).toBeUndefined()
})
