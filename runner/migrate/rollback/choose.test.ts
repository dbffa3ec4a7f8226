import { describe, expect, test } from 'vitest'
import type { StepRow } from '../../ledger/steps.ts'
import { checksum } from '../history/checksum.ts'
import { compare } from '../history/compare.ts'
import type { HistoryRow } from '../history/prisma-history.ts'
import { planDeploy } from '../plan/plan.ts'
import { chooseMigrations } from './choose.ts'

const TEXT = 'SELECT 1'
const disk = (...names: string[]) => names.map(name => ({ name, script: TEXT, extra: '', down: '' }))

const row = (name: string, change: Partial<HistoryRow> = {}): HistoryRow => ({
  id: name,
  name,
  checksum: checksum(TEXT),
  startedAt: new Date(1000),
  finishedAt: new Date(1001),
  rolledBackAt: null,
  ...change,
})

const undoing = (migration: string, change: Partial<StepRow> = {}): StepRow => ({
  migration,
  file: 'down.sql',
  scope: 'statement',
  ordinal: 0,
  checksum: '',
  state: 'applied',
  startedAt: new Date(2000).toISOString(),
  ...change,
})

const compared = (names: string[], rows: HistoryRow[], steps: StepRow[] = []) =>
  compare(disk(...names), { rows, otherTables: 1 }, steps)

const names = (target: string, ...args: Parameters<typeof compared>) =>
  chooseMigrations(compared(...args), target).map(({ files }) => files.name)

const refused = (code: string, text = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

describe('what is undone', () => {
  test('is what is applied and newer, newest first; the target stays', () => {
    const all = ['1', '2', '3', '4', '5']
    const rows = [row('1'), row('2'), row('4'), row('5')]
    expect(names('2', all, rows)).toEqual(['5', '4'])
    expect(names('4', all, rows)).toEqual(['5'])
    expect(names('5', all, rows)).toEqual([])
  })

  test.each(['none', '0'])('is everything with --to %s', target => {
    expect(names(target, ['1', '2', '3'], [row('1'), row('2')])).toEqual(['2', '1'])
    expect(names(target, ['1'], [])).toEqual([])
  })

  test('is what was half undone as well', () => {
    expect(names('1', ['1', '2', '3'], [row('1'), row('2'), row('3')], [undoing('3')])).toEqual(['3', '2'])
  })
})

describe('refused is', () => {
  test.each([
    ['a target that does not exist', '9', 'there is no such migration'],
    ['one that is pending', '3', 'it is not applied'],
    ['one that is not on disk', '0_gone', 'it is applied, but not on disk'],
    ['no name', '', 'there is no such migration'],
  ])('%s', (_, target, reason) => {
    const rows = [row('0_gone'), row('1')]
    expect(() => names(target, ['1', '3'], rows)).toThrow(refused('rollback-target-unknown', reason))
  })

  test('what is applied, newer and not on disk; what is older stays out of it', () => {
    const rows = [row('1'), row('2'), row('3')]
    expect(() => names('1', ['1', '3'], rows)).toThrow(
      refused('rollback-impossible', '2 is applied, but not on disk'),
    )
    expect(names('2', ['2', '3'], rows)).toEqual(['3'])
  })

  test('an edited file among those to be undone, and no other', () => {
    const rows = [row('1', { checksum: 'x'.repeat(64) }), row('2'), row('3')]
    expect(names('1', ['1', '2', '3'], rows)).toEqual(['3', '2'])
    expect(() => names('none', ['1', '2', '3'], rows)).toThrow(refused('migration-edited', '1/migration.sql'))
  })

  test('anything while a migration is failed', () => {
    const rows = [row('1'), row('2', { finishedAt: null })]
    expect(() => names('1', ['1', '2'], rows)).toThrow(refused('rollback-impossible', '2 failed'))
  })

  test('a target that is itself half undone, or newer than what is', () => {
    const rows = [row('1'), row('2'), row('3')]
    for (const target of ['2', '3'])
      expect(() => names(target, ['1', '2', '3'], rows, [undoing('2')])).toThrow(
        expect.objectContaining({ code: 'migration-half-undone', hint: expect.stringContaining('--to 1`') }),
      )
  })
})

describe('a migration is half undone', () => {
  const stateOf = (change: Partial<StepRow>, rows = [row('1')]) =>
    compared(['1'], rows, [undoing('1', change)]).migrations[0]?.state

  test('while a statement of its down.sql is in effect, or may be', () => {
    expect(stateOf({})).toBe('half-undone')
    expect(stateOf({ state: 'started' })).toBe('half-undone')
    expect(stateOf({ state: 'failed' })).toBe('applied')
    expect(stateOf({ state: 'undone' })).toBe('applied')
  })

  test('only since it was applied', () => {
    expect(stateOf({ startedAt: new Date(10).toISOString() })).toBe('applied')
    expect(stateOf({}, [row('1', { rolledBackAt: new Date(3000) })])).toBe('pending')
  })

  test('also when it is gone from the disk, which stops everybody', async () => {
    const rows = [row('1'), row('2'), row('3')]
    const found = compare(disk('1', '3'), { rows, otherTables: 1 }, [undoing('2')])
    expect(found.missingOnDisk).toEqual([])
    expect(() => chooseMigrations(found, '3')).toThrow(refused('migration-half-undone', '2'))
    expect(chooseMigrations(found, '1').map(({ files }) => files.name)).toEqual(['3', '2'])
    const plan = planDeploy(found, { rows, otherTables: 1 }, 'public')
    await expect(plan).rejects.toMatchObject({
      code: 'migration-half-undone',
      hint: expect.stringContaining('--to 1`'),
    })
  })

  test('and deploy refuses, naming the way on', async () => {
    const rows = [row('1'), row('2')]
    const plan = planDeploy(
      compared(['1', '2', '3'], rows, [undoing('2')]),
      { rows, otherTables: 1 },
      'public',
    )
    await expect(plan).rejects.toMatchObject({
      code: 'migration-half-undone',
      exit: 3,
      hint: expect.stringContaining('`howdah migrate rollback --to 1`'),
    })
  })
})
