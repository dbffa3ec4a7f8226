import { type AlarmSpec, type AlarmSubject, alarms } from './alarm-spec.ts'
import type { InstanceFacts } from './instance-facts.ts'

const GIB = 2 ** 30

/** RDS lets a disk grow by 10 GiB or a tenth, whichever is more; with less room than that it does not grow. */
function growsByItself({ allocatedStorageGib, maxAllocatedStorageGib }: InstanceFacts): boolean {
  return maxAllocatedStorageGib - allocatedStorageGib >= Math.max(10, 0.1 * allocatedStorageGib)
}

/** Disk: space, waiting, throttling, WAL. */
export function storageAlarms(facts: InstanceFacts): AlarmSpec[] {
  return [
    ...spaceAlarms(facts),
    ...latencyAlarms(),
    ...throttleAlarms(facts),
    ...(facts.replica ? [] : walAlarms(facts)),
  ]
}

/**
 * A disk that grows by itself does so five minutes after less than a tenth is free, so a tenth is nothing to wake anybody for; that half an hour
 * later it still has not is. That its ceiling is near RDS tells by events (`instance-events.ts`): what is allocated by then no metric says.
 */
function spaceAlarms(facts: InstanceFacts): AlarmSpec[] {
  const bytes = facts.allocatedStorageGib * GIB
  const subject: AlarmSubject = {
    key: 'storage',
    says: 'The disk is filling up; when it is full the instance stops',
    metric: 'FreeStorageSpace',
    statistic: 'Minimum',
    comparison: '<',
    missing: 'missing',
  }
  if (!growsByItself(facts)) return alarms(subject, { warn: 0.2 * bytes, page: 0.1 * bytes })
  return [
    ...alarms(
      { ...subject, says: 'The disk is filling up and has not grown by itself in half an hour', periods: 30 },
      { warn: 0.1 * bytes },
    ),
    ...alarms(subject, { page: 0.05 * bytes }),
  ]
}

function latencyAlarms(): AlarmSpec[] {
  const latency = (key: string, metric: string, says: string) =>
    alarms(
      { key, says, metric, statistic: 'Average', comparison: '>', missing: 'missing' },
      { warn: 0.02, page: 0.05 },
    )
  return [
    ...alarms(
      {
        key: 'disk-queue',
        says: 'Requests queue up for the disk',
        metric: 'DiskQueueDepth',
        statistic: 'Average',
        comparison: '>',
        missing: 'missing',
      },
      { warn: 64 },
    ),
    ...latency('read-latency', 'ReadLatency', 'The disk is slow to read'),
    ...latency('write-latency', 'WriteLatency', 'The disk is slow to write'),
  ]
}

/** Sizes up to 4xlarge have more throughput to their disk than they may keep up; larger ones have no balance that could be spent. */
const CPUS_WITH_BURSTS = 16

function throttleAlarms({ capacity, storageType }: InstanceFacts): AlarmSpec[] {
  const balance = (key: string, metric: string, says: string) =>
    alarms(
      { key, says, metric, statistic: 'Average', comparison: '<', missing: 'notBreaching' },
      { warn: 30 },
    )
  const bursts = capacity.cpus <= CPUS_WITH_BURSTS
  return [
    ...(bursts
      ? [
          ...balance(
            'ebs-bytes',
            'EBSByteBalance%',
            "The class's burst of throughput to the disk is being spent",
          ),
          ...balance('ebs-io', 'EBSIOBalance%', "The class's burst of operations on the disk is being spent"),
        ]
      : []),
    ...(storageType === 'gp2'
      ? balance('disk-burst', 'BurstBalance', "The disk's burst of operations is being spent")
      : []),
  ]
}

/** A slot that nobody reads keeps WAL until the disk is full: 10 and 20 GiB, or as much of the disk as 10 and 20 % where that is less. */
function walAlarms({ allocatedStorageGib }: InstanceFacts): AlarmSpec[] {
  const limit = (gib: number) => Math.min(gib, (gib / 100) * allocatedStorageGib) * GIB
  const wal = (key: string, metric: string, says: string) =>
    alarms(
      { key, says, metric, statistic: 'Maximum', comparison: '>', missing: 'notBreaching' },
      { warn: limit(10), page: limit(20) },
    )
  return [
    ...wal('slot-lag', 'OldestReplicationSlotLag', 'A replication slot is far behind and keeps WAL'),
    ...wal('slot-disk', 'ReplicationSlotDiskUsage', 'Replication slots keep much of the disk'),
    ...wal('wal-disk', 'TransactionLogsDiskUsage', 'WAL takes much of the disk'),
  ]
}
