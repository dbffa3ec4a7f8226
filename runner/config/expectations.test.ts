import { expect, test } from 'vitest'
import { drillTargets, expectationsOf, expectedBackups, retentions } from './expectations.ts'

test('expectations are read from texts, with and without a cluster', () => {
  expect(
    expectationsOf({
      expectedBackups: ['logical=26h', 'shop a/rds_auto=15m'],
      backupRetention: ['30d', 'shop a=90s'],
      drillTargets: ['region-loss=4h:15m'],
    }),
  ).toEqual({
    backups: [
      { cluster: undefined, type: 'logical', maxAgeSeconds: 93_600 },
      { cluster: 'shop a', type: 'rds_auto', maxAgeSeconds: 900 },
    ],
    retentions: [
      { cluster: undefined, seconds: 2_592_000 },
      { cluster: 'shop a', seconds: 90 },
    ],
    drills: [{ scenario: 'region-loss', rtoSeconds: 14_400, rpoSeconds: 900 }],
  })
  expect(expectationsOf({})).toEqual({ backups: [], retentions: [], drills: [] })
})

test.each([
  [expectedBackups(), 'logical=26h, shop/logical=1d', 'logical=26'],
  [expectedBackups(), ['rds_auto=1d', 'cross_region=7d'], 'tape=1d'],
  [expectedBackups(), 'a/logical=1d,b/logical=1d', 'logical=1d,logical=2d'],
  [expectedBackups(), 'logical=1d', '/logical=1d'],
  [expectedBackups(), 'logical=1d', 'logical=0h'],
  [retentions(), '30d,shop=35d', '30d,31d'],
  [retentions(), '30d', ''],
  [drillTargets(), 'a=4h:15m', 'a=4h'],
  [drillTargets(), 'a=4h:15m', 'a=4h:15m,a=5h:15m'],
])('%# a list is taken, or refused as a whole', (schema, good, bad) => {
  expect(schema.safeParse(good).error).toBeUndefined()
  expect(schema.safeParse(bad).success).toBe(false)
})
