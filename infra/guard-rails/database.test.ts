import { RunError } from '@pulumi/pulumi'
import { describe, expect, test } from 'vitest'
import {
  ACCOUNT,
  BRONZE,
  bad,
  type Case,
  database,
  GOLD,
  refusal,
  SILVER,
} from '../../tests/harness/guard-rail-cases.ts'

const CASES: readonly Case[] = [
  bad(
    'a point in time of nothing',
    GOLD,
    database({ source: { kind: 'pointInTime' } }),
    'howdah:database.source',
    /one of instance/,
  ),
  bad(
    'a point in time of two things',
    GOLD,
    database({ source: { kind: 'pointInTime', instance: 'a', resourceId: 'db-A' } }),
    'howdah:database.source',
    /no more/,
  ),
  bad(
    'a restore onto itself',
    GOLD,
    database({ source: { kind: 'pointInTime', instance: 'shop-prod-g1' } }),
    'howdah:database.generation',
    /raised/,
  ),
  bad(
    'a name for a database that comes with its data',
    GOLD,
    database({ name: 'other', source: { kind: 'snapshot', snapshot: 's' } }),
    'howdah:database.name',
    /snapshot/,
  ),
  bad(
    'a last snapshot of a replica',
    GOLD,
    database({ source: { kind: 'replica', of: `arn:aws:rds:eu-west-1:${ACCOUNT}:db:other` } }),
    'howdah:database.finalSnapshot',
    /replica/,
  ),

  bad(
    'operations on a small gp3 disk',
    SILVER,
    database({ iops: 6000 }),
    'howdah:database.iops',
    /below 400 GiB/,
  ),
  bad(
    'throughput on a small gp3 disk',
    SILVER,
    database({ throughputMibps: 500 }),
    'howdah:database.throughputMibps',
    /below 400 GiB/,
  ),
  bad(
    'too few operations on a large gp3 disk',
    GOLD,
    database({ iops: 6000 }),
    'howdah:database.iops',
    /12000/,
  ),
  bad(
    'an io2 disk without operations',
    GOLD,
    database({ storageType: 'io2' }),
    'howdah:database.iops',
    /missing/,
  ),
  bad(
    'throughput of an io2 disk',
    GOLD,
    database({ storageType: 'io2', iops: 10_000, throughputMibps: 500 }),
    'howdah:database.throughputMibps',
    /gp3/,
  ),
  bad(
    'more operations than an io1 disk has',
    GOLD,
    database({ storageType: 'io1', iops: 40_000 }),
    'howdah:database.iops',
    /20000/,
  ),
  bad(
    'a small io1 disk',
    SILVER,
    database({ storageType: 'io1', iops: 1000, allocatedStorageGib: 50 }),
    'howdah:database.allocatedStorageGib',
    /100 at least/,
  ),
  bad(
    'a disk that grows to less than it is',
    GOLD,
    database({ maxAllocatedStorageGib: 410 }),
    'howdah:database.maxAllocatedStorageGib',
    /tenth/,
  ),
  bad(
    'a log volume beside gp3',
    GOLD,
    database({ dedicatedLogVolume: true }),
    'howdah:database.dedicatedLogVolume',
    /io1/,
  ),

  bad(
    'a short backup window',
    GOLD,
    database({ backupWindow: '01:00-01:20' }),
    'howdah:database.backupWindow',
    /20 minutes/,
  ),
  bad(
    'a short maintenance window',
    GOLD,
    database({ maintenanceWindow: 'sun:03:00-sun:03:29' }),
    'howdah:database.maintenanceWindow',
    /29 minutes/,
  ),
  bad(
    'windows that overlap',
    GOLD,
    database({ backupWindow: '02:30-03:30' }),
    'howdah:database.maintenanceWindow',
    /overlaps/,
  ),
  bad(
    'windows that overlap across midnight and the end of the week',
    GOLD,
    database({ backupWindow: '23:30-00:30', maintenanceWindow: 'mon:00:00-mon:01:00' }),
    'howdah:database.maintenanceWindow',
    /overlaps/,
  ),
  bad(
    'maintenance for two days',
    GOLD,
    database({ backupWindow: '01:00-02:00', maintenanceWindow: 'sat:03:00-mon:00:30' }),
    ['howdah:database.maintenanceWindow', 'howdah:database.maintenanceWindow'],
    /24 hours/,
  ),

  bad(
    'connections without encryption',
    BRONZE,
    database({ parameters: { 'rds.force_ssl': 0 } }),
    'howdah:database.parameters',
    /RDS\.38/,
  ),
  bad(
    'all statements in the log',
    GOLD,
    database({ parameters: { log_statement: 'all' } }),
    'howdah:database.parameters',
    /passwords/,
  ),
  bad(
    'a timeout for everybody',
    GOLD,
    database({ parameters: { statement_timeout: '30000' } }),
    'howdah:database.parameters',
    /roles/,
  ),
  bad(
    'max_connections past its setting',
    GOLD,
    database({ parameters: { max_connections: '300' } }),
    'howdah:database.parameters',
    /maxConnections/,
  ),
  bad(
    'more connections than memory',
    SILVER,
    database({ maxConnections: 2000 }),
    'howdah:database.maxConnections',
    /memory for about/,
  ),
  bad(
    'no auditing in production',
    GOLD,
    database({ preloadLibraries: ['pg_stat_statements'] }),
    'howdah:database.preloadLibraries',
    /pgaudit/,
  ),
  bad(
    'no statistics of statements',
    BRONZE,
    database({ preloadLibraries: ['pgaudit'] }),
    'howdah:database.preloadLibraries',
    /pg_stat_statements/,
  ),
]

describe('the database that do not fit together', () => {
  test.each(CASES)('$what', ({ on, config, keys, says }) => {
    const error = refusal({ ...on, ...config })
    expect(error?.problems.map(({ key }) => key)).toEqual(keys)
    expect(error?.message).toMatch(says)
    expect(error).toBeInstanceOf(RunError)
  })
})
