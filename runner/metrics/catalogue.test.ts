import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import type { Collector } from './collector.ts'
import { COLLECTORS } from './collectors/registry.ts'
import { EXPORTER_METRICS } from './exporter-metrics.ts'
import { HTTP_METRICS } from './http/request-count.ts'
import { POOLER_METRICS } from './poolers/pooler-metrics.ts'
import { PROBE_METRICS } from './probe/probe-metrics.ts'
import { PROCESS_METRICS } from './process-metrics.ts'
import { RDS_METRICS } from './rds/rds-metrics.ts'

test('every metric is declared once', () => {
  const declared = [
    EXPORTER_METRICS,
    HTTP_METRICS,
    PROBE_METRICS,
    PROCESS_METRICS,
    POOLER_METRICS,
    RDS_METRICS,
    ...COLLECTORS.map(({ metrics }) => metrics),
  ].flatMap(Object.keys)
  expect(declared).toEqual([...new Set(declared)])
  expect(Object.keys(catalogue()).sort()).toEqual(declared.sort())
})

test('every collector is the file of its name, and every file is in the registry', async () => {
  const files = await readdir(new URL('collectors', import.meta.url))
  const names = files.filter(file => file !== 'registry.ts' && !file.endsWith('.test.ts'))
  expect(COLLECTORS.map(({ name }) => `${name}.ts`).sort()).toEqual(names.sort())
})

test('a collector that tells of the database it is asked in is of that scope, and all its metrics say which', async () => {
  for (const collector of COLLECTORS as readonly Collector[]) {
    const text = await readFile(new URL(`collectors/${collector.name}.ts`, import.meta.url), 'utf8')
    const ofDatabase = collector.scope === 'database'
    expect(/\btarget\.database\b/.test(text), collector.name).toBe(ofDatabase)
    const unlabelled = Object.entries(collector.metrics).filter(
      ([, { labels }]) => !labels.includes('datname'),
    )
    if (ofDatabase) expect(unlabelled.map(([name]) => name)).toEqual([])
  }
})

test('names and labels are ones Prometheus accepts, and each metric says what it is', () => {
  for (const [name, { help, labels }] of Object.entries(catalogue())) {
    expect(name).toMatch(/^(pg|pgbouncer|rds|howdah|process|nodejs)_[a-z0-9_]+$/)
    expect(help).toMatch(/^[A-Z0-9].*\.$/)
    for (const label of labels) expect(label).toMatch(/^[a-z_]+$/)
  }
})
