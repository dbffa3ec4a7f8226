import { describe, expect, test } from 'vitest'
import {
  BRONZE,
  backups,
  database,
  GOLD,
  network,
  pooler,
  refusal,
  SILVER,
  subnets,
} from '../../tests/harness/guard-rail-cases.ts'

describe('settings that do not fit together', () => {
  test.each([
    ['gold', GOLD],
    ['silver', SILVER],
    ['bronze', BRONZE],
    [
      'bronze that is production',
      {
        ...BRONZE,
        'howdah:production': true,
        ...database({ instanceClass: 'db.m7g.large' }),
        'howdah:alarms': { enabled: true, emails: ['a@example.com'] },
      },
    ],
    [
      'a compliance lock with consent',
      { ...GOLD, ...backups({ lock: 'compliance', iUnderstandThisIsIrreversible: true }) },
    ],
    ['blue/green without replicas', { ...BRONZE, ...database({ blueGreenUpdate: true }) }],
    [
      'a new generation from the one before',
      { ...GOLD, ...database({ generation: 2, source: { kind: 'pointInTime', instance: 'shop-prod-g1' } }) },
    ],
    ['AWS Backup as the owner', { ...GOLD, ...backups({ owner: 'aws-backup' }) }],
    [
      'an existing VPC',
      { ...GOLD, ...network({ vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-central-1', 'abc') }) },
    ],
    ['operations on a large gp3 disk', { ...GOLD, ...database({ iops: 12_000, throughputMibps: 500 }) }],
    ['RDS Proxy', { ...GOLD, ...pooler({ kind: 'rds-proxy' }) }],
  ] as const)('%s is taken', (_, config) => {
    expect(refusal(config)?.message).toBeUndefined()
  })

  test('everything that is wrong is said at once', () => {
    const error = refusal({
      ...GOLD,
      ...database({ port: 5432, multiAz: false, backupWindow: '02:30-03:30', blueGreenUpdate: true }),
      ...backups({ lock: 'compliance' }),
    })
    expect(error?.problems.map(({ key }) => key)).toEqual([
      'howdah:database.port',
      'howdah:database.multiAz',
      'howdah:database.maintenanceWindow',
      'howdah:database.blueGreenUpdate',
      'howdah:backups.iUnderstandThisIsIrreversible',
    ])
    for (const { key, message } of error?.problems ?? [])
      expect(error?.message).toContain(`${key}: ${message}`)
  })
})
