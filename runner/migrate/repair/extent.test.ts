import { describe, expect, test } from 'vitest'
import type { Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { readScript } from '../plan/script.ts'
import { agrees, type Extent, findExtent } from './extent.ts'
import type { Replay, ReplayedStep } from './replay.ts'

const DIFFERENT: Difference = { kind: 'missing', object: 'table public.x', expected: null, found: null }

const step = (equal: boolean, appeared: readonly string[] = []): ReplayedStep => ({
  differences: equal ? [] : [DIFFERENT],
  appeared,
  vanished: [],
})

const replayOf = (
  steps: readonly ReplayedStep[],
  live: readonly string[] = [],
  stopped?: string,
): Replay => ({
  steps,
  stopped,
  live: new Set(live),
  invalid: new Map(),
  indexes: new Map(),
  schemas: ['public'],
})

async function extentOf(sql: string, replay: Replay): Promise<string> {
  const extent: Extent = findExtent(replay, await readScript('m', 'migration.sql', sql))
  if (extent.kind === 'known') return `${extent.count}`
  return extent.kind === 'ambiguous' ? `ambiguous ${extent.statements.map(({ line }) => line)}` : extent.kind
}

describe('how many statements took effect', () => {
  const TABLES = 'CREATE TABLE b ();\nCREATE TABLE c ();'

  test('is what one place alone shows', async () => {
    expect(await extentOf(TABLES, replayOf([step(false), step(true), step(false)]))).toBe('1')
    expect(await extentOf(TABLES, replayOf([step(false), step(false), step(false)]))).toBe('none')
  })

  test('is shown by a partition or an extension as well, which is no drift where the history has none', async () => {
    const id = 'table public.ev_1'
    const sql = 'CREATE TABLE ev_1 PARTITION OF ev DEFAULT;\nCREATE TABLE c ();'
    expect(await extentOf(sql, replayOf([step(true), step(true, [id]), step(false)], [id]))).toBe('1')
    // And not where it is not there.
    expect(await extentOf(sql, replayOf([step(true), step(false, [id]), step(false)]))).toBe('0')
  })

  test('is in doubt where statements leave no trace, unless they may run again', async () => {
    const steps = [step(false), step(true), step(true), step(true), step(false)]
    const doubtful = 'CREATE TABLE b ();\nUPDATE b SET x = 1;\nDELETE FROM b;\nCREATE TABLE c ();'
    expect(await extentOf(doubtful, replayOf(steps))).toBe('ambiguous 2,3')
    const harmless = `CREATE TABLE b ();\nCOMMENT ON TABLE b IS 'x';\nSELECT 1;\nCREATE TABLE c ();`
    expect(await extentOf(harmless, replayOf(steps))).toBe('1')
  })

  test('is all or nothing of a file in one transaction', async () => {
    const sql = 'BEGIN;\nINSERT INTO a VALUES (1);\nCREATE TABLE c ();\nCOMMIT;'
    const steps = [step(true), step(true), step(false)]
    expect(await extentOf(sql, replayOf(steps))).toBe('0')
    const each = 'INSERT INTO a VALUES (1);\nCREATE TABLE c ();'
    expect(await extentOf(each, replayOf(steps))).toBe('ambiguous 1')
    expect(await extentOf(sql, replayOf([step(false), step(true), step(false)]))).toBe('none')
  })

  test('is all or nothing of a part in a transaction of its own, as Prisma writes it around an enum', async () => {
    const sql =
      'CREATE TABLE b ();\nBEGIN;\nINSERT INTO a VALUES (1);\nCREATE TABLE c ();\nCOMMIT;\nSELECT 1/0;'
    const before = [step(false), step(true), step(true), step(false), step(false)]
    expect(await extentOf(sql, replayOf(before))).toBe('1')
    const inside = [step(false), step(false), step(true), step(false), step(false)]
    expect(await extentOf(sql, replayOf(inside))).toBe('none')
  })

  test('is in doubt where the next statement cannot be tried and would show nowhere', async () => {
    const one = (sql: string) => extentOf(sql, replayOf([step(true)], [], 'it failed'))
    expect(await one('INSERT INTO a VALUES (1);')).toBe('ambiguous 1')
    expect(await one('CREATE EXTENSION postgis;')).toBe('ambiguous 1')
    expect(await one('CREATE EXTENSION IF NOT EXISTS postgis;')).toBe('0')
    expect(await one('ALTER TABLE gone ADD x int;')).toBe('0')
    expect(await one('SELECT 1/0;')).toBe('0')
  })

  test('is not known where what could not be tried may have taken back what shows it', async () => {
    const at = (untried: string) =>
      extentOf(
        `CREATE TABLE b ();\n${untried}`,
        replayOf([step(true), step(false, ['table public.b'])], [], 'it failed'),
      )
    expect(await at('ALTER TABLE gone ADD x int;')).toBe('0')
    for (const untried of [
      'ALTER TABLE gone ADD x int; DROP TABLE b;',
      'ALTER TABLE public."B" RENAME TO x;',
      'DO $$ BEGIN END $$;',
      'DROP SCHEMA gone CASCADE;',
      'SELECT takes_away();',
    ])
      expect(await at(untried), untried).toBe('unknown-behind')
  })
})

test('a schema agrees with its history where some place of the failed file is what is there', () => {
  expect(agrees(replayOf([step(true)]))).toBe(true)
  expect(agrees(replayOf([step(false), step(true)]))).toBe(true)
  expect(agrees(replayOf([step(false)]))).toBe(false)
})
