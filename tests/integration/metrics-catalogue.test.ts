import { expect, test } from 'vitest'
import { catalogue } from '../../runner/metrics/metrics.ts'
import { cli } from '../harness/cli.ts'

test('the list has every metric of the catalogue, needs no database, and says which collector and tier it is of', async () => {
  const { exit, stdout, stderr } = await cli(['metrics', 'list', '--json'])
  expect([exit, stderr]).toEqual([0, ''])
  const { metrics } = JSON.parse(stdout)
  expect(metrics.map(({ name }: { name: string }) => name).sort()).toEqual(Object.keys(catalogue()).sort())
  for (const { name, type, labels, help } of metrics)
    expect({ type, labels, help }).toEqual(catalogue()[name])
  expect(metrics).toContainEqual({
    name: 'pg_database_size_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: ['datname'],
    help: 'Size of the database on disk.',
    collector: 'database-size',
    tier: 'slow',
    refreshSeconds: 300,
    maxSeries: 2000,
  })
  expect(metrics).toContainEqual(
    expect.objectContaining({ name: 'pg_up', collector: null, tier: 'fast', refreshSeconds: 0, unit: null }),
  )
})

test('for a person the list is one line a metric', async () => {
  const { stdout } = await cli(['metrics', 'list'])
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map(line => line.split(' ')[0]).sort()).toEqual(Object.keys(catalogue()).sort())
  expect(stdout).toMatch(/^pg_database_size_bytes +gauge +database-size +slow +\{datname\}$/m)
  expect(stdout).toMatch(/^pg_up +gauge +exporter +fast$/m)
})

test('one metric is explained: meaning, unit, labels, collector, and how old it may be', async () => {
  const { exit, stdout } = await cli(['metrics', 'explain', 'pg_database_size_bytes'])
  expect(exit).toBe(0)
  for (const part of [
    'Size of the database on disk.',
    /type +gauge/,
    /unit +bytes/,
    /labels +datname/,
    /collector +database-size/,
    /tier +slow: asked when its answer is 300 s old/,
    /series +at most 2000/,
  ])
    expect(stdout).toMatch(part)
  const own = await cli(['metrics', 'explain', 'pg_scrape_collector_duration_seconds', '--json'])
  expect(JSON.parse(own.stdout).metric).toMatchObject({
    unit: 'seconds',
    labels: ['collector', 'datname'],
    collector: null,
  })
})

test.each(['pg_database_size', 'PG_UP "x"\n', 'constructor', ''])(
  'a name there is not (%j) is a refusal that names the closest one',
  async name => {
    const { exit, stdout, stderr } = await cli(['metrics', 'explain', name])
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toContain('error[metric-unknown]')
    expect(stderr).toContain('howdah metrics list')
    if (name === 'pg_database_size') expect(stderr).toContain('pg_database_size_bytes')
  },
)

test('a metric without a name is a mistake in the command', async () => {
  const { exit, stderr } = await cli(['metrics', 'explain'])
  expect([exit, stderr]).toEqual([2, expect.stringContaining('error[usage-invalid]')])
})
