import { RunError } from '@pulumi/pulumi'
import { describe, expect, test } from 'vitest'
import {
  ACCOUNT,
  BRONZE,
  backups,
  bad,
  type Case,
  database,
  GOLD,
  keys,
  pooler,
  refusal,
  replicas,
} from '../../tests/harness/guard-rail-cases.ts'

const CASES: readonly Case[] = [
  bad(
    'blue/green with replicas',
    GOLD,
    database({ blueGreenUpdate: true }),
    'howdah:database.blueGreenUpdate',
    /stay with the old/,
  ),
  bad(
    'replicas without backups',
    BRONZE,
    { ...replicas({ count: 1 }), ...database({ backupRetentionDays: 0 }) },
    'howdah:database.backupRetentionDays',
    /with backups only/,
  ),
  bad(
    'a replica to promote without backups',
    BRONZE,
    replicas({ count: 1, backupRetentionDays: 0 }),
    'howdah:replicas.backupRetentionDays',
    /promotes none/,
  ),
  bad(
    'a recovery replica without backups',
    GOLD,
    replicas({ count: 0, backupRetentionDays: 0 }),
    'howdah:replicas.backupRetentionDays',
    /recovery region/,
  ),
  bad(
    'a final snapshot of a replica',
    GOLD,
    replicas({ finalSnapshot: true }),
    'howdah:replicas.finalSnapshot',
    /no last snapshot/,
  ),
  bad(
    'a small replica to promote',
    GOLD,
    replicas({ instanceClass: 'db.r8g.large' }),
    'howdah:replicas.instanceClass',
    /smaller/,
  ),
  bad(
    'a small replica in the recovery region',
    GOLD,
    replicas({ recoveryInstanceClass: 'db.r8g.large' }),
    'howdah:replicas.recoveryInstanceClass',
    /smaller/,
  ),

  bad(
    'a compliance lock without consent',
    GOLD,
    backups({ lock: 'compliance' }),
    'howdah:backups.iUnderstandThisIsIrreversible',
    /nobody/,
  ),
  bad(
    'locked dumps without consent',
    GOLD,
    backups({ dumpLockMode: 'compliance' }),
    'howdah:backups.iUnderstandThisIsIrreversible',
    /35 days/,
  ),
  bad(
    'a compliance lock without time to think',
    GOLD,
    backups({ lock: 'compliance', iUnderstandThisIsIrreversible: true, lockCoolingOffDays: 1 }),
    'howdah:backups.lockCoolingOffDays',
    /3 at least/,
  ),
  bad(
    'backups shorter than the lock',
    GOLD,
    backups({ lockMinRetentionDays: 60 }),
    'howdah:backups.dailyRetentionDays',
    /35 days/,
  ),
  bad(
    'backups longer than the lock',
    GOLD,
    backups({ lockMaxRetentionDays: 1000 }),
    'howdah:backups.yearlyRetentionDays',
    /2562 days/,
  ),
  bad(
    'two owners of retention',
    GOLD,
    { ...backups({ owner: 'aws-backup' }), ...database({ backupRetentionDays: 35 }) },
    'howdah:database.backupRetentionDays',
    /belongs to/,
  ),
  bad(
    'two owners of the window',
    GOLD,
    {
      ...backups({ owner: 'aws-backup' }),
      ...database({ backupWindow: '04:00-05:00', maintenanceWindow: 'mon:06:00-mon:07:00' }),
    },
    'howdah:database.backupWindow',
    /belongs to/,
  ),
  bad(
    'a vault of the same account',
    GOLD,
    {
      ...backups({ backupAccountVaultArn: `arn:aws:backup:eu-west-1:${ACCOUNT}:backup-vault:x` }),
      ...keys({ backupAccountId: ACCOUNT }),
    },
    ['howdah:backups.backupAccountVaultArn', 'howdah:keys.backupAccountId'],
    /can delete/,
  ),
  bad(
    'a vault that has no key',
    GOLD,
    backups({ backupAccountVaultArn: 'arn:aws:backup:eu-west-1:999988887777:backup-vault:x' }),
    'howdah:keys.backupAccountId',
    /999988887777/,
  ),
  bad(
    'dumps locked past their end',
    GOLD,
    backups({ dumpLockDays: 100 }),
    'howdah:backups.dumpLockDays',
    /longer/,
  ),
  bad(
    'monthly backups for a week',
    GOLD,
    backups({ monthlyRetentionDays: 7 }),
    'howdah:backups.monthlyRetentionDays',
    /month/,
  ),

  bad(
    'fewer tasks at most than always',
    GOLD,
    pooler({ tasks: 4, maxTasks: 3 }),
    'howdah:pooler.maxTasks',
    /less than/,
  ),
  bad('more tasks than DNS names', GOLD, pooler({ maxTasks: 6 }), 'howdah:pooler.maxTasks', /DNS/),
  bad(
    'a deployment without room',
    GOLD,
    pooler({ surgePercent: 110 }),
    'howdah:pooler.surgePercent',
    /no room/,
  ),
  bad('a size Fargate does not have', GOLD, pooler({ vcpus: 3 }), 'howdah:pooler.vcpus', /1, 2, 4/),
  bad(
    'memory Fargate does not have',
    GOLD,
    pooler({ memoryMib: 2048 }),
    'howdah:pooler.memoryMib',
    /4096 to 16384/,
  ),
  bad(
    'memory of the runner that Fargate does not have',
    GOLD,
    { 'howdah:runner': { memoryMib: 512 } },
    'howdah:runner.memoryMib',
    /2048/,
  ),
  bad(
    'RDS Proxy before a replica',
    BRONZE,
    {
      ...pooler({ kind: 'rds-proxy' }),
      ...database({ source: { kind: 'replica', of: `arn:aws:rds:eu-west-1:${ACCOUNT}:db:other` } }),
    },
    'howdah:pooler.kind',
    /primary only/,
  ),
  bad(
    'a tunnel without a port',
    GOLD,
    { 'howdah:access': { through: 'tunnel' } },
    'howdah:access.tunnelPort',
    /missing/,
  ),
  bad(
    'poolers that a deployment would let take too much',
    GOLD,
    database({ maxConnections: 100 }),
    'howdah:pooler.vcpus',
    /during a rollout/,
  ),
]

describe('replicas, backups and poolers that do not fit together', () => {
  test.each(CASES)('$what', ({ on, config, keys, says }) => {
    const error = refusal({ ...on, ...config })
    expect(error?.problems.map(({ key }) => key)).toEqual(keys)
    expect(error?.message).toMatch(says)
    expect(error).toBeInstanceOf(RunError)
  })
})
