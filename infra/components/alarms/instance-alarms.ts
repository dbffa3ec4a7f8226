import { ALERT_LIMITS } from '../../../runner/names.ts'
import { type AlarmSpec, alarms } from './alarm-spec.ts'
import type { InstanceFacts } from './instance-facts.ts'
import { storageAlarms } from './storage-alarms.ts'

const MIB = 2 ** 20

/** All that CloudWatch can tell of an instance, for its class, disk and connections. Pure: the table that tests keep. */
export function instanceAlarms(facts: InstanceFacts): readonly AlarmSpec[] {
  return [
    ...computeAlarms(facts),
    ...connectionAlarms(facts),
    ...storageAlarms(facts),
    ...postgresAlarms(facts),
    ...replicaAlarms(facts),
  ]
}

function computeAlarms({ capacity, instanceClass, insights }: InstanceFacts): AlarmSpec[] {
  const { cpus, memoryBytes } = capacity
  return [
    ...alarms(
      {
        key: 'cpu',
        says: 'The processors are busy',
        metric: 'CPUUtilization',
        statistic: 'Average',
        comparison: '>',
        missing: 'missing',
      },
      { warn: 80, page: 90 },
    ),
    ...(insights
      ? alarms(
          {
            key: 'load',
            says: 'More sessions want to run than there are processors, and wait',
            metric: 'DBLoad',
            statistic: 'Average',
            comparison: '>=',
            missing: 'missing',
          },
          { warn: cpus, page: 2 * cpus },
        )
      : []),
    ...alarms(
      {
        key: 'memory',
        says: 'Little memory is left; Postgres is killed when there is none',
        metric: 'FreeableMemory',
        statistic: 'Average',
        comparison: '<',
        missing: 'missing',
      },
      { warn: 0.15 * memoryBytes, page: 0.05 * memoryBytes },
    ),
    ...alarms(
      {
        key: 'swap',
        says: 'Memory is swapped out',
        metric: 'SwapUsage',
        statistic: 'Average',
        comparison: '>',
        missing: 'missing',
      },
      { warn: 256 * MIB },
    ),
    ...(/^db\.t\d/.test(instanceClass)
      ? alarms(
          {
            key: 'cpu-credits',
            says: 'The class bursts, and its credits are nearly spent: it slows down to its baseline',
            metric: 'CPUCreditBalance',
            statistic: 'Minimum',
            comparison: '<',
            missing: 'missing',
          },
          // A credit is one processor for a minute: ten minutes of each.
          { warn: 10 * cpus },
        )
      : []),
  ]
}

function connectionAlarms({ maxConnections }: InstanceFacts): AlarmSpec[] {
  return alarms(
    {
      key: 'connections',
      says: `Connections near max_connections (${maxConnections}); at the limit new ones are refused`,
      metric: 'DatabaseConnections',
      statistic: 'Maximum',
      comparison: '>',
      missing: 'missing',
    },
    { warn: Math.floor(0.7 * maxConnections), page: Math.floor(0.85 * maxConnections) },
  )
}

function postgresAlarms(facts: InstanceFacts): AlarmSpec[] {
  // A replica takes over the primary's age of transactions and can do nothing about it.
  if (facts.replica) return []
  return [
    ...alarms(
      {
        key: 'transaction-ids',
        says: 'The oldest transaction id is far back: vacuum does not keep up, and at 2.1 billion Postgres stops to write',
        metric: 'MaximumUsedTransactionIDs',
        statistic: 'Maximum',
        comparison: '>',
        missing: 'missing',
      },
      { warn: 500_000_000, page: 1_000_000_000 },
    ),
    ...alarms(
      {
        key: 'checkpoint',
        says: 'Three checkpoints were due and none ended: a crash now would take long to recover from',
        metric: 'CheckpointLag',
        statistic: 'Maximum',
        comparison: '>',
        missing: 'notBreaching',
      },
      // checkpoint_timeout is 300 s on RDS.
      { warn: 900 },
    ),
    ...(facts.insights && facts.watchesDeadlocks
      ? alarms(
          {
            key: 'deadlocks',
            says: 'Transactions deadlock again and again: each time one of them is rolled back',
            metric: 'db.Concurrency.deadlocks.avg',
            counter: true,
            statistic: 'Average',
            comparison: '>',
            missing: 'notBreaching',
          },
          { warn: 0 },
        )
      : []),
  ]
}

function replicaAlarms(facts: InstanceFacts): AlarmSpec[] {
  const { replica } = facts
  if (!replica) return []
  return [
    ...alarms(
      {
        key: 'replica-lag',
        says: 'The replica is behind; what it lacks is lost if it is promoted now',
        metric: 'ReplicaLag',
        statistic: 'Average',
        comparison: '>',
        missing: 'breaching',
      },
      {
        warn: Math.min(ALERT_LIMITS.replicationLagSeconds, replica.rpoSeconds),
        page: replica.rpoSeconds,
      },
    ),
  ]
}
