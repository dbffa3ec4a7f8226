import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DBInstance } from '@aws-sdk/client-rds'
import { describe, expect, test } from 'vitest'
import { FamilyBuilder } from '../exposition/snapshot.ts'
import { CLOUDWATCH_METRICS, metricQueries, newestDatapoints } from './cloudwatch-figures.ts'
import { instanceClass } from './instance-class.ts'
import { emitInstance, type Maintenance, maintenanceOf } from './instance-figures.ts'
import { APIS, RDS_METRICS } from './rds-metrics.ts'

const ROOT = new URL('../../..', import.meta.url).pathname
const NOW = new Date('2026-01-02T00:00:00Z')
const GIB = 2 ** 30

/** Values of an instance by metric, and its labels. */
function figures(instance: DBInstance, maintenance: Maintenance = 'no') {
  const families = new FamilyBuilder(RDS_METRICS)
  emitInstance('app', instance, maintenance, NOW, families.emit)
  const snapshot = families.families()
  const info = snapshot.find(({ name }) => name === 'rds_instance_info')?.samples[0]?.labels ?? {}
  return { info, values: Object.fromEntries(snapshot.map(({ name, samples }) => [name, samples[0]?.value])) }
}

describe('what the RDS API says of an instance', () => {
  test('has the units the names say, and nothing that it leaves out', () => {
    const { info, values } = figures({
      DBInstanceClass: 'db.t4g.micro',
      DBInstanceStatus: 'storage-full',
      InstanceCreateTime: new Date('2026-01-01T00:00:00Z'),
      AllocatedStorage: 20,
      MaxAllocatedStorage: 40,
      StorageType: 'gp3',
      Iops: 3000,
      StorageThroughput: 125,
      BackupRetentionPeriod: 1,
      LatestRestorableTime: new Date('2026-01-01T23:55:00Z'),
      CertificateDetails: { ValidTill: new Date('2030-01-01T00:00:00Z') },
      ReadReplicaSourceDBInstanceIdentifier: 'primary',
      MultiAZ: true,
    })
    expect(values).toEqual({
      rds_instance_info: 1,
      rds_instance_status: -7,
      rds_instance_age_seconds: 86_400,
      rds_instance_vcpu_average: 2,
      rds_instance_memory_bytes: GIB,
      rds_allocated_storage_bytes: 20 * GIB,
      rds_max_allocated_storage_bytes: 40 * GIB,
      rds_allocated_disk_iops_average: 3000,
      rds_allocated_disk_throughput_bytes: 125 * 2 ** 20,
      rds_certificate_expiry_timestamp_seconds: Date.UTC(2030, 0, 1) / 1000,
      rds_backup_retention_period_seconds: 86_400,
      howdah_backup_latest_restorable_timestamp_seconds: NOW.getTime() / 1000 - 300,
    })
    expect(info).toMatchObject({ role: 'replica', source_dbidentifier: 'primary', multi_az: 'true' })
    expect(Object.keys(figures({}).values).sort()).toEqual(['rds_instance_info', 'rds_instance_status'])
    expect(figures({ DBInstanceStatus: 'something-new' }).values.rds_instance_status).toBe(-1)
  })

  test.each([
    [20, 100],
    [400, 1200],
    [30_000, 64_000],
  ])(
    'gp2 of %i GiB is made for %i reads and writes per second, without that Amazon says so',
    (size, iops) => {
      const { values } = figures({ StorageType: 'gp2', AllocatedStorage: size })
      expect(values.rds_allocated_disk_iops_average).toBe(iops)
      expect(figures({ StorageType: 'standard', AllocatedStorage: size, Iops: 0 }).values).not.toHaveProperty(
        'rds_allocated_disk_iops_average',
      )
    },
  )

  test('a change that waits for its window, or a parameter for a restart, is a pending change', () => {
    const pending = (instance: DBInstance) => figures(instance).info.pending_modified_values
    expect(pending({ PendingModifiedValues: {} })).toBe('false')
    expect(pending({ PendingModifiedValues: { DBInstanceClass: 'db.r6g.xlarge' } })).toBe('true')
    expect(pending({ DBParameterGroups: [{ ParameterApplyStatus: 'in-sync' }] })).toBe('false')
    expect(pending({ DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }] })).toBe('true')
  })

  test('of several maintenance actions the one that leaves the least choice counts', () => {
    const [date, forced] = [{ AutoAppliedAfterDate: NOW }, { ForcedApplyDate: NOW }]
    expect([[], [{}], [date, {}], [forced, date, {}]].map(maintenanceOf)).toEqual([
      'no',
      'pending',
      'auto-applied',
      'forced',
    ])
  })

  test.each([
    ['db.r6g.large', 2, 16],
    ['db.m5.24xlarge', 96, 384],
    ['db.t3.2xlarge', 8, 32],
    ['db.t4g.medium', 2, 4],
    ['db.m7g.medium', 1, 4],
    ['db.x2idn.32xlarge', 128, 2048],
    ['db.x2iedn.32xlarge', 128, 4096],
    ['db.r8gd.4xlarge', 16, 128],
  ])('%s has %i CPUs and %i GiB', (name, cpus, gib) => {
    expect(instanceClass(name)).toEqual({ cpus, memoryBytes: gib * GIB })
  })

  test('of a class whose size follows no rule nothing is said', () => {
    for (const name of ['db.x1.32xlarge', 'db.serverless', 'db.r6g.metal', 'db.t3.48xlarge', 'r6g.large', ''])
      expect(instanceClass(name)).toBeUndefined()
  })
})

describe('what CloudWatch is asked, and what it answers', () => {
  const of = (Id: string, at: readonly number[]) => ({
    Id,
    Timestamps: at.map(seconds => new Date(seconds * 1000)),
    Values: at.map(seconds => seconds * 10),
  })

  test('nineteen instances are one call, and one more is another', () => {
    const calls = (count: number) =>
      metricQueries(Array.from({ length: count }, (_, index) => `db${index}`)).map(({ length }) => length)
    const metrics = Object.keys(CLOUDWATCH_METRICS).length
    expect(calls(19)).toEqual([19 * metrics])
    expect(calls(20)).toEqual([500, 20 * metrics - 500])
    const ids = metricQueries(['a', 'b']).flat()
    expect(new Set(ids.map(({ Id }) => Id)).size).toBe(2 * metrics)
  })

  test('the newest value counts whatever the order and the page, and what is too old is none', () => {
    const results = [of('i0_m0', [300, 400]), of('i0_m0', [360]), of('i1_m4', [100]), of('i9_m9', [400])]
    const found = newestDatapoints(['a', 'b'], results, new Date(200_000))
    expect([...found]).toEqual([
      ['a', [{ metric: 'CPUUtilization', value: 4000, at: new Date(400_000) }]],
      ['b', []],
    ])
  })
})

test('the SDK is imported for its types alone, so that who has no RDS does not load it', async () => {
  const files = await readdir(join(ROOT, 'runner'), { recursive: true })
  const sources = files.filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const texts = await Promise.all(sources.map(file => readFile(join(ROOT, 'runner', file), 'utf8')))
  const imports = texts.flatMap(text => text.match(/^import [^';]*from '@aws-sdk[^']*'$/gm) ?? [])
  expect(imports.length).toBeGreaterThan(2)
  expect(imports.filter(line => !line.startsWith('import type '))).toEqual([])
})

test('the policy of the README allows what is asked, and nothing else', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const [, policy = ''] = /```json\n(\{\n {2}"Version": "2012-10-17"[\s\S]*?)```/.exec(readme) ?? []
  const { Statement } = JSON.parse(policy) as { Statement: { Effect: string; Action: string | string[] }[] }
  const allowed = Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action)
  expect(allowed.map(action => action.split(':')[1]).sort()).toEqual([...APIS].sort())
})
