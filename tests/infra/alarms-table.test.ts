import { describe, expect, test } from 'vitest'
import type { AlarmSpec, Level } from '../../infra/components/alarms/alarm-spec.ts'
import { runnerAlarms, vaultAlarms } from '../../infra/components/alarms/backup-alarms.ts'
import { instanceAlarms } from '../../infra/components/alarms/instance-alarms.ts'
import { capacityOfSizing, type InstanceFacts } from '../../infra/components/alarms/instance-facts.ts'
import { proxyAlarms, serviceAlarms, targetAlarms } from '../../infra/components/alarms/pooler-alarms.ts'
import { cataloguedSeries } from '../../runner/names.ts'
import { PRIMARY } from './programs/alarms.ts'

const GIB = 2 ** 30

function factsOf(change: Partial<InstanceFacts> = {}): InstanceFacts {
  const sizing = { ...PRIMARY, ...change }
  return { ...sizing, capacity: capacityOfSizing('key', sizing), watchesDeadlocks: true, ...change }
}

const rows = (specs: readonly AlarmSpec[]) =>
  specs.map(spec => {
    const { key, level, expression, metric, statistic, comparison, threshold } = spec
    const span = `${spec.periods}x${spec.periodSeconds}s`
    return `${key} ${level}: ${statistic} ${expression ?? metric} ${comparison} ${threshold} ${span} [${spec.missing}]`
  })

const limit = (specs: readonly AlarmSpec[], key: string, level: Level) =>
  specs.find(spec => spec.key === key && spec.level === level)?.threshold

test('the golden table of a primary: db.r8g.large, 400 GiB that grow, 500 connections', () => {
  expect(rows(instanceAlarms(factsOf()))).toMatchInlineSnapshot(`
    [
      "cpu warn: Average CPUUtilization > 80 5x60s [missing]",
      "cpu page: Average CPUUtilization > 90 5x60s [missing]",
      "load warn: Average DBLoad >= 2 5x60s [missing]",
      "load page: Average DBLoad >= 4 5x60s [missing]",
      "memory warn: Average FreeableMemory < 2576980000 5x60s [missing]",
      "memory page: Average FreeableMemory < 858993000 5x60s [missing]",
      "swap warn: Average SwapUsage > 268435000 5x60s [missing]",
      "connections warn: Maximum DatabaseConnections > 350 5x60s [missing]",
      "connections page: Maximum DatabaseConnections > 425 5x60s [missing]",
      "storage warn: Minimum FreeStorageSpace < 42949700000 30x60s [missing]",
      "storage page: Minimum FreeStorageSpace < 21474800000 5x60s [missing]",
      "disk-queue warn: Average DiskQueueDepth > 64 5x60s [missing]",
      "read-latency warn: Average ReadLatency > 0.02 5x60s [missing]",
      "read-latency page: Average ReadLatency > 0.05 5x60s [missing]",
      "write-latency warn: Average WriteLatency > 0.02 5x60s [missing]",
      "write-latency page: Average WriteLatency > 0.05 5x60s [missing]",
      "ebs-bytes warn: Average EBSByteBalance% < 30 5x60s [notBreaching]",
      "ebs-io warn: Average EBSIOBalance% < 30 5x60s [notBreaching]",
      "slot-lag warn: Maximum OldestReplicationSlotLag > 10737400000 5x60s [notBreaching]",
      "slot-lag page: Maximum OldestReplicationSlotLag > 21474800000 5x60s [notBreaching]",
      "slot-disk warn: Maximum ReplicationSlotDiskUsage > 10737400000 5x60s [notBreaching]",
      "slot-disk page: Maximum ReplicationSlotDiskUsage > 21474800000 5x60s [notBreaching]",
      "wal-disk warn: Maximum TransactionLogsDiskUsage > 10737400000 5x60s [notBreaching]",
      "wal-disk page: Maximum TransactionLogsDiskUsage > 21474800000 5x60s [notBreaching]",
      "transaction-ids warn: Maximum MaximumUsedTransactionIDs > 500000000 5x60s [missing]",
      "transaction-ids page: Maximum MaximumUsedTransactionIDs > 1000000000 5x60s [missing]",
      "checkpoint warn: Maximum CheckpointLag > 900 5x60s [notBreaching]",
      "deadlocks warn: Average db.Concurrency.deadlocks.avg > 0 5x60s [notBreaching]",
    ]
  `)
})

test('the golden table of a replica', () => {
  expect(rows(instanceAlarms(factsOf({ replica: { rpoSeconds: 300 } })))).toMatchInlineSnapshot(`
    [
      "cpu warn: Average CPUUtilization > 80 5x60s [missing]",
      "cpu page: Average CPUUtilization > 90 5x60s [missing]",
      "load warn: Average DBLoad >= 2 5x60s [missing]",
      "load page: Average DBLoad >= 4 5x60s [missing]",
      "memory warn: Average FreeableMemory < 2576980000 5x60s [missing]",
      "memory page: Average FreeableMemory < 858993000 5x60s [missing]",
      "swap warn: Average SwapUsage > 268435000 5x60s [missing]",
      "connections warn: Maximum DatabaseConnections > 350 5x60s [missing]",
      "connections page: Maximum DatabaseConnections > 425 5x60s [missing]",
      "storage warn: Minimum FreeStorageSpace < 42949700000 30x60s [missing]",
      "storage page: Minimum FreeStorageSpace < 21474800000 5x60s [missing]",
      "disk-queue warn: Average DiskQueueDepth > 64 5x60s [missing]",
      "read-latency warn: Average ReadLatency > 0.02 5x60s [missing]",
      "read-latency page: Average ReadLatency > 0.05 5x60s [missing]",
      "write-latency warn: Average WriteLatency > 0.02 5x60s [missing]",
      "write-latency page: Average WriteLatency > 0.05 5x60s [missing]",
      "ebs-bytes warn: Average EBSByteBalance% < 30 5x60s [notBreaching]",
      "ebs-io warn: Average EBSIOBalance% < 30 5x60s [notBreaching]",
      "replica-lag warn: Average ReplicaLag > 30 5x60s [breaching]",
      "replica-lag page: Average ReplicaLag > 300 5x60s [breaching]",
    ]
  `)
})

test('the golden table of a small burstable instance without Insights', () => {
  const facts = factsOf({
    instanceClass: 'db.t4g.medium',
    allocatedStorageGib: 20,
    maxAllocatedStorageGib: 0,
    storageType: 'gp2',
    maxConnections: 100,
    insights: false,
  })
  expect(rows(instanceAlarms(facts))).toMatchInlineSnapshot(`
    [
      "cpu warn: Average CPUUtilization > 80 5x60s [missing]",
      "cpu page: Average CPUUtilization > 90 5x60s [missing]",
      "memory warn: Average FreeableMemory < 644245000 5x60s [missing]",
      "memory page: Average FreeableMemory < 214748000 5x60s [missing]",
      "swap warn: Average SwapUsage > 268435000 5x60s [missing]",
      "cpu-credits warn: Minimum CPUCreditBalance < 20 5x60s [missing]",
      "connections warn: Maximum DatabaseConnections > 70 5x60s [missing]",
      "connections page: Maximum DatabaseConnections > 85 5x60s [missing]",
      "storage warn: Minimum FreeStorageSpace < 4294970000 5x60s [missing]",
      "storage page: Minimum FreeStorageSpace < 2147480000 5x60s [missing]",
      "disk-queue warn: Average DiskQueueDepth > 64 5x60s [missing]",
      "read-latency warn: Average ReadLatency > 0.02 5x60s [missing]",
      "read-latency page: Average ReadLatency > 0.05 5x60s [missing]",
      "write-latency warn: Average WriteLatency > 0.02 5x60s [missing]",
      "write-latency page: Average WriteLatency > 0.05 5x60s [missing]",
      "ebs-bytes warn: Average EBSByteBalance% < 30 5x60s [notBreaching]",
      "ebs-io warn: Average EBSIOBalance% < 30 5x60s [notBreaching]",
      "disk-burst warn: Average BurstBalance < 30 5x60s [notBreaching]",
      "slot-lag warn: Maximum OldestReplicationSlotLag > 2147480000 5x60s [notBreaching]",
      "slot-lag page: Maximum OldestReplicationSlotLag > 4294970000 5x60s [notBreaching]",
      "slot-disk warn: Maximum ReplicationSlotDiskUsage > 2147480000 5x60s [notBreaching]",
      "slot-disk page: Maximum ReplicationSlotDiskUsage > 4294970000 5x60s [notBreaching]",
      "wal-disk warn: Maximum TransactionLogsDiskUsage > 2147480000 5x60s [notBreaching]",
      "wal-disk page: Maximum TransactionLogsDiskUsage > 4294970000 5x60s [notBreaching]",
      "transaction-ids warn: Maximum MaximumUsedTransactionIDs > 500000000 5x60s [missing]",
      "transaction-ids page: Maximum MaximumUsedTransactionIDs > 1000000000 5x60s [missing]",
      "checkpoint warn: Maximum CheckpointLag > 900 5x60s [notBreaching]",
    ]
  `)
})

test('the golden tables of poolers, vault and runner', () => {
  expect(
    rows([
      ...targetAlarms(),
      ...serviceAlarms({ tasks: 3 }),
      ...proxyAlarms({ maxConnections: 500 }),
      ...vaultAlarms(),
      ...runnerAlarms(true),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "pooler-unhealthy warn: Maximum UnHealthyHostCount >= 1 5x60s [notBreaching]",
      "pooler-none-healthy page: Maximum HealthyHostCount < 1 2x60s [breaching]",
      "pooler-tasks page: SampleCount CPUUtilization < 3 5x60s [breaching]",
      "proxy-pinned warn: Average DatabaseConnectionsCurrentlySessionPinned > 50 5x60s [notBreaching]",
      "backup-age warn: Sum NumberOfBackupJobsCompleted < 1 26x3600s [breaching]",
      "backup-age page: Sum NumberOfBackupJobsCompleted < 1 48x3600s [breaching]",
      "dump-age warn: Maximum EPOCH(m1) - m1 > 93600 3x300s [breaching]",
      "dump-age page: Maximum EPOCH(m1) - m1 > 172800 3x300s [breaching]",
      "verified-age warn: Maximum EPOCH(m1) - m1 > 691200 3x300s [breaching]",
      "verified-age page: Maximum EPOCH(m1) - m1 > 1296000 3x300s [breaching]",
      "pooler-wait warn: Maximum pgbouncer_pools_client_maxwait_seconds > 1 5x60s [notBreaching]",
      "pooler-wait page: Maximum pgbouncer_pools_client_maxwait_seconds > 15 5x60s [notBreaching]",
    ]
  `)
})

describe('limits move', () => {
  test.each([
    ['db.m8g.large', 2, 8],
    ['db.r8g.large', 2, 16],
    ['db.r8g.4xlarge', 16, 128],
    ['db.x2iedn.32xlarge', 128, 4096],
  ])('with the class: %s has %i processors and %i GiB', (instanceClass, cpus, gib) => {
    const specs = instanceAlarms(factsOf({ instanceClass }))
    expect(limit(specs, 'load', 'warn')).toBe(cpus)
    expect(limit(specs, 'load', 'page')).toBe(2 * cpus)
    expect((limit(specs, 'memory', 'warn') ?? 0) / (0.15 * gib * GIB)).toBeCloseTo(1, 4)
    expect((limit(specs, 'memory', 'page') ?? 0) / (0.05 * gib * GIB)).toBeCloseTo(1, 4)
  })

  test.each([
    ['does not grow', 0, 0.2, 0.1, 5],
    ['can grow by less than RDS grows a disk', 430, 0.2, 0.1, 5],
    ['grows by itself', 440, 0.1, 0.05, 30],
  ])('with a disk that %s', (_, maxAllocatedStorageGib, warn, page, minutes) => {
    const specs = instanceAlarms(factsOf({ maxAllocatedStorageGib }))
    expect((limit(specs, 'storage', 'warn') ?? 0) / GIB).toBeCloseTo(warn * 400, 2)
    expect((limit(specs, 'storage', 'page') ?? 0) / GIB).toBeCloseTo(page * 400, 2)
    expect(specs.find(({ key }) => key === 'storage')?.periods).toBe(minutes)
  })

  test('with the size of the disk, up to what WAL may take of any', () => {
    const warn = (allocatedStorageGib: number) =>
      (limit(instanceAlarms(factsOf({ allocatedStorageGib })), 'slot-disk', 'warn') ?? 0) / GIB
    expect([20, 100, 4000].map(size => Number(warn(size).toFixed(3)))).toEqual([2, 10, 10])
  })

  test('with the connections there can be', () => {
    const specs = instanceAlarms(factsOf({ maxConnections: 1000 }))
    expect(['warn', 'page'].map(level => limit(specs, 'connections', level as Level))).toEqual([700, 850])
  })

  test('with what may be lost', () => {
    const lag = (rpoSeconds: number) => {
      const specs = instanceAlarms(factsOf({ replica: { rpoSeconds } }))
      return ['warn', 'page'].map(level => limit(specs, 'replica-lag', level as Level))
    }
    expect([lag(900), lag(10)]).toEqual([
      [30, 900],
      [10, 10],
    ])
  })
})

describe('what holds for every alarm', () => {
  const everything = [
    ...instanceAlarms(factsOf()),
    ...instanceAlarms(factsOf({ replica: { rpoSeconds: 300 } })),
    ...instanceAlarms(factsOf({ instanceClass: 'db.t4g.micro', storageType: 'gp2' })),
    ...targetAlarms(),
    ...serviceAlarms({ tasks: 3 }),
    ...vaultAlarms(),
    ...runnerAlarms(true),
  ]

  test('a warning comes before the page', () => {
    for (const page of everything.filter(({ level }) => level === 'page')) {
      const warn = everything.find(({ key, level }) => key === page.key && level === 'warn')
      if (!warn) continue
      const sooner = page.comparison.startsWith('<')
        ? warn.threshold >= page.threshold
        : warn.threshold <= page.threshold
      expect({ key: page.key, sooner }).toEqual({ key: page.key, sooner: true })
    }
  })

  test('CloudWatch can look back so far: a day, or seven for periods of an hour', () => {
    for (const { key, periods, periodSeconds } of everything)
      expect({ key, ok: periods * periodSeconds <= (periodSeconds < 3600 ? 86_400 : 604_800) }).toEqual({
        key,
        ok: true,
      })
  })

  test('silence is a fault where something has to be heard: replicas, backups, poolers', () => {
    const breaching = new Set(
      everything.filter(({ missing }) => missing === 'breaching').map(({ key }) => key),
    )
    expect([...breaching].sort()).toEqual([
      'backup-age',
      'dump-age',
      'pooler-none-healthy',
      'pooler-tasks',
      'replica-lag',
      'verified-age',
    ])
  })

  test("the runner's metrics are in its catalogue", () => {
    const known = Object.keys(cataloguedSeries())
    for (const { metric } of runnerAlarms(true)) expect(known).toContain(metric)
  })

  test('there is no DBLoad without Insights, and no deadlocks without a resource id', () => {
    const keys = (change: Partial<InstanceFacts>) =>
      instanceAlarms(factsOf(change)).flatMap(({ key }) => (/load|deadlocks/.test(key) ? [key] : []))
    expect(keys({})).toEqual(['load', 'load', 'deadlocks'])
    expect(keys({ insights: false })).toEqual([])
    expect(keys({ watchesDeadlocks: false })).toEqual(['load', 'load'])
  })
})

test('of a class that nobody knows, no limit is made up; its capacity can be given', () => {
  const sizing = { ...PRIMARY, instanceClass: 'db.z9.huge' }
  expect(() => capacityOfSizing('howdah:database.instanceClass', sizing)).toThrow(
    expect.objectContaining({ setting: 'howdah:database.instanceClass' }),
  )
  const capacity = { cpus: 192, memoryBytes: 1536 * GIB }
  expect(capacityOfSizing('howdah:database.instanceClass', { ...sizing, capacity })).toBe(capacity)
})
