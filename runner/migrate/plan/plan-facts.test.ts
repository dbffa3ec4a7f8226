import { expect, test } from 'vitest'
import { parseScript } from '../../sql/parse.ts'
import { compare } from '../history/compare.ts'
import { planDeploy } from './plan.ts'
import { describePlan, type LiveFacts } from './plan-facts.ts'
import { NO_REPEATABLES } from './repeatable-plan.ts'
import { reportPlan } from './report-plan.ts'

const LIVE: LiveFacts = {
  major: 18,
  relations: {
    known: { searchPath: ['app'], timeZoneIsUtc: true, relations: new Map(), types: new Map() },
    sizes: new Map(),
  },
  durations: [{ summary: 'UPDATE a SET x = 1', durationMs: 1500, finishedAt: '2026-01-01T00:00:00Z' }],
}

async function describe(files: Record<string, { script: string; extra?: string }>) {
  await parseScript('')
  const history = { rows: undefined, otherTables: 0 }
  const disk = Object.entries(files).map(([name, { script, extra = '' }]) => ({ name, script, extra }))
  const plan = await planDeploy(compare(disk, history, []), history, 'app')
  return describePlan(
    { plan, repeatables: NO_REPEATABLES, total: disk.length, plannedHooks: [], live: {} },
    LIVE,
  )
}

test('a table of an earlier migration is new in a later one; a search path of an earlier one is gone', async () => {
  const { steps } = await describe({
    '1': { script: 'CREATE TABLE a (id int); SET search_path = elsewhere;' },
    '2': { script: 'ALTER TABLE a ADD COLUMN b int' },
  })
  expect(steps.at(-1)?.statements[0]?.locks).toEqual([
    expect.objectContaining({
      relation: { schema: 'app', name: 'a' },
      isNew: true,
      blocks: 'nothing',
      size: undefined,
    }),
  ])
})

test('the report shows one line a statement, with its transaction and what is not known', async () => {
  const plan = await describe({
    '1': { script: 'SELECT 1;\nSELECT f()', extra: 'UPDATE a SET x = 2;\nVACUUM a;' },
  })
  const { text, data, exit } = reportPlan(plan)
  expect(exit).toBe(0)
  expect(text.split('\n')).toEqual([
    'Would run, in this order:',
    '1',
    '  migration.sql  one transaction, which keeps its locks to the end',
    '      1  file       SELECT 1  ->  locks no table',
    '      2  file       SELECT f()  ->  unknown: whatever f() does',
    '  extra.sql  statement by statement',
    '      1  statement  UPDATE a SET x = 2  ->  a: ROW EXCLUSIVE, blocks nothing, scans it, every row stays locked; a comparable step took 1.5 s',
    '      2  alone      VACUUM a  ->  a: SHARE UPDATE EXCLUSIVE, blocks nothing, scans it',
    '1 migration, 3 steps, 4 statements. Statements that block reads and writes: 0; block writes: 0; rewrite a table: 0; not known beforehand: 1.',
  ])
  expect(data).toMatchObject({
    dryRun: true,
    steps: [
      { transaction: 'file', statements: [{ comparable: null }, { comparable: null }] },
      { transaction: 'statement', statements: [{ comparable: { lastMs: 1500 } }] },
      {
        transaction: 'alone',
        statements: [{ locks: [{ relation: 'a', mode: 'SHARE UPDATE EXCLUSIVE', bytes: null }] }],
      },
    ],
  })
})
