import { describe, expect, test } from 'vitest'
import type { StepRow } from '../../ledger/steps.ts'
import { checksum } from '../history/checksum.ts'
import { compare } from '../history/compare.ts'
import type { MigrationFiles } from '../history/migration-files.ts'
import type { History, HistoryRow } from '../history/prisma-history.ts'
import { planDeploy } from './plan.ts'

const files = (name: string, script: string | undefined, extra = ''): MigrationFiles => ({
  name,
  script,
  extra,
})

const row = (name: string, script: string, change: Partial<HistoryRow> = {}): HistoryRow => ({
  id: crypto.randomUUID(),
  name,
  checksum: checksum(script),
  startedAt: new Date(0),
  finishedAt: new Date(1),
  rolledBackAt: null,
  ...change,
})

const step = (migration: string, text: string, change: Partial<StepRow> = {}): StepRow => ({
  migration,
  file: 'migration.sql',
  scope: 'statement',
  ordinal: 0,
  checksum: checksum(text),
  state: 'applied',
  ...change,
})

const EMPTY: History = { rows: undefined, otherTables: 0 }
const history = (...rows: HistoryRow[]): History => ({ rows, otherTables: 3 })

async function plan(disk: readonly MigrationFiles[], found: History, steps: readonly StepRow[] = []) {
  const { migrations, createsHistory } = await planDeploy(compare(disk, found, steps), found, 'public')
  const rows = migrations.flatMap(migration =>
    migration.steps.map(each => `${migration.name}/${each.script.file} ${each.scope} ${each.ordinal}`),
  )
  return { createsHistory, rows, migrations }
}

describe('what is pending', () => {
  test('extra SQL that is on record as a whole is not even parsed; another text is', async () => {
    const applied = [row('1', 'SELECT 1;')]
    const whole = (state: StepRow['state']) =>
      step('1', 'SELECT 2', { file: 'extra.sql', state, completes: checksum('no SQL at all') })
    const disk = (extra: string) => [files('1', 'SELECT 1;', extra)]
    expect((await plan(disk('no SQL at all'), history(...applied), [whole('applied')])).rows).toEqual([])
    for (const steps of [[], [whole('undone')], [whole('failed')], [whole('applied'), whole('undone')]])
      await expect(plan(disk('no SQL at all'), history(...applied), steps)).rejects.toMatchObject({
        code: 'migration-sql-invalid',
      })
    await expect(plan(disk('nor this'), history(...applied), [whole('applied')])).rejects.toMatchObject({
      code: 'migration-sql-invalid',
    })
  })

  test('on an empty database everything is, and the history is made', async () => {
    const { rows, createsHistory } = await plan(
      [files('1', 'SELECT 1;', 'SELECT 2; SELECT 3'), files('2', '')],
      EMPTY,
    )
    expect(createsHistory).toBe(true)
    expect(rows).toEqual([
      '1/migration.sql file 0',
      '1/extra.sql statement 0',
      '1/extra.sql statement 1',
      '2/migration.sql file 0',
    ])
  })

  test('an applied migration is not, a rolled back one is, and a row of a migration that is gone is only named', async () => {
    const found = history(
      row('0', 'gone'),
      row('1', 'SELECT 1'),
      row('2', 'SELECT 2', { finishedAt: null, rolledBackAt: new Date(2) }),
    )
    const disk = [files('1', 'SELECT 1'), files('2', 'SELECT 2')]
    expect((await plan(disk, found)).rows).toEqual(['2/migration.sql file 0'])
    expect(compare(disk, found, []).missingOnDisk).toEqual(['0'])
  })

  test('a retried migration counts by its live row, whatever became of the others', async () => {
    const found = history(
      row('1', 'old', { finishedAt: null, rolledBackAt: new Date(2) }),
      row('1', 'SELECT 1'),
    )
    expect((await plan([files('1', 'SELECT 1')], found)).rows).toEqual([])
  })

  test('extra SQL that is new is, though its migration is applied', async () => {
    const steps = [step('1', 'SELECT 2', { file: 'extra.sql' })]
    const disk = [files('1', 'SELECT 1', 'SELECT 2;\nSELECT 3')]
    const { rows, migrations } = await plan(disk, history(row('1', 'SELECT 1')), steps)
    expect(rows).toEqual(['1/extra.sql statement 1'])
    expect(migrations[0]?.recordsHistory).toBe(false)
  })
})

describe('transactions', () => {
  const scopes = async (script: string) =>
    (await plan([files('1', script)], EMPTY)).migrations[0]?.steps.map(each => each.scope)

  test.each([
    ['CREATE TABLE a (); CREATE INDEX i ON a ((1))', ['file']],
    ['CREATE TABLE a (); CREATE INDEX CONCURRENTLY i ON a ((1))', ['statement', 'statement']],
    ["ALTER TYPE m ADD VALUE 'x'", ['file']],
    ["ALTER TYPE m ADD VALUE 'x'; SELECT 1", ['file']],
    ["ALTER TYPE m ADD VALUE 'x'; SELECT 'x'::m", ['statement', 'statement']],
    ['BEGIN; SELECT 1; COMMIT', ['file']],
  ])('%s', async (script, expected) => {
    expect(await scopes(script)).toEqual(expected)
  })

  test('what contradicts itself is refused', async () => {
    await expect(scopes('BEGIN; CREATE INDEX CONCURRENTLY i ON a (b); COMMIT')).rejects.toMatchObject({
      code: 'statement-unsupported',
    })
    await expect(plan([files('1', '', 'BEGIN; SELECT 1; COMMIT')], EMPTY)).rejects.toMatchObject({
      code: 'statement-unsupported',
    })
  })
})

describe('after a run that was cut off', () => {
  const script = 'SELECT 1;\nCREATE INDEX CONCURRENTLY i ON a (b);\nSELECT 3'
  const open = row('1', script, { finishedAt: null })

  test('a file in one transaction starts over, with the open row closed', async () => {
    const one = row('1', 'SELECT 1', { finishedAt: null })
    const steps = [step('1', 'SELECT 1', { scope: 'file', state: 'started' })]
    const { migrations, rows } = await plan([files('1', 'SELECT 1')], history(one), steps)
    expect(rows).toEqual(['1/migration.sql file 0'])
    expect(migrations[0]?.closesFailedRow).toBe(true)
  })

  test('a file of single statements goes on behind those that are recorded', async () => {
    const steps = [
      step('1', 'SELECT 1'),
      step('1', 'CREATE INDEX CONCURRENTLY i ON a (b)', { ordinal: 1, state: 'started' }),
    ]
    const { migrations, rows } = await plan([files('1', script)], history(open), steps)
    expect(rows).toEqual(['1/migration.sql statement 1', '1/migration.sql statement 2'])
    expect(migrations[0]?.steps[0]).toMatchObject({ earlier: 'cut-off', alone: true })
  })

  test('it goes on so even if the file now fits one transaction', async () => {
    const { rows } = await plan([files('1', 'SELECT 1;\nSELECT 4')], history(open), [step('1', 'SELECT 1')])
    expect(rows).toEqual(['1/migration.sql statement 1'])
  })

  test('a statement that took effect may not have been edited', async () => {
    const edited = plan([files('1', script.replace('SELECT 1', 'SELECT 9'))], history(open), [
      step('1', 'SELECT 1'),
    ])
    await expect(edited).rejects.toMatchObject({ code: 'migration-edited', exit: 3 })
  })

  test('without a record of ours it is refused', async () => {
    await expect(plan([files('1', script)], history(open))).rejects.toMatchObject({
      code: 'migration-failed-earlier',
      exit: 3,
    })
  })
})

describe('refusals', () => {
  test('tables without a history', async () => {
    await expect(plan([files('1', '')], { rows: undefined, otherTables: 2 })).rejects.toMatchObject({
      code: 'history-missing',
    })
  })

  test('an edited file, unless it is gone altogether', async () => {
    await expect(plan([files('1', 'SELECT 2')], history(row('1', 'SELECT 1')))).rejects.toMatchObject({
      code: 'gate-closed',
    })
    expect((await plan([files('1', undefined)], history(row('1', 'SELECT 1')))).rows).toEqual([])
  })

  test('a pending folder without a file', async () => {
    await expect(plan([files('1', undefined)], EMPTY)).rejects.toMatchObject({
      code: 'migration-file-missing',
    })
  })
})
