import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch'
import type { Emit } from '../exposition/metric.ts'
import type { RDS_METRICS } from './rds-metrics.ts'

type CloudWatchName = {
  readonly [N in keyof typeof RDS_METRICS]: (typeof RDS_METRICS)[N]['labels'] extends readonly [
    'dbidentifier',
  ]
    ? N
    : never
}[keyof typeof RDS_METRICS]

/** Metrics of the namespace AWS/RDS, and what they are called here. Units are the same: bytes, seconds, percent. */
export const CLOUDWATCH_METRICS = {
  CPUUtilization: 'rds_cpu_usage_percent_average',
  CPUCreditBalance: 'rds_cpu_credit_balance_average',
  FreeableMemory: 'rds_freeable_memory_bytes',
  SwapUsage: 'rds_swap_usage_bytes',
  FreeStorageSpace: 'rds_free_storage_bytes',
  TransactionLogsDiskUsage: 'rds_transaction_logs_disk_usage_bytes',
  ReplicationSlotDiskUsage: 'rds_replication_slot_disk_usage_bytes',
  OldestReplicationSlotLag: 'rds_oldest_replication_slot_lag_bytes',
  ReplicaLag: 'rds_replica_lag_seconds',
  MaximumUsedTransactionIDs: 'rds_maximum_used_transaction_ids_average',
  DatabaseConnections: 'rds_database_connections_average',
  DBLoad: 'rds_dbload_average',
  DBLoadCPU: 'rds_dbload_cpu_average',
  DBLoadNonCPU: 'rds_dbload_noncpu_average',
  ReadIOPS: 'rds_read_iops_average',
  WriteIOPS: 'rds_write_iops_average',
  ReadThroughput: 'rds_read_throughput_bytes',
  WriteThroughput: 'rds_write_throughput_bytes',
  ReadLatency: 'rds_read_latency_seconds',
  WriteLatency: 'rds_write_latency_seconds',
  DiskQueueDepth: 'rds_disk_queue_depth_average',
  BurstBalance: 'rds_burst_balance_percent_average',
  'EBSIOBalance%': 'rds_ebs_io_balance_percent_average',
  'EBSByteBalance%': 'rds_ebs_byte_balance_percent_average',
  NetworkReceiveThroughput: 'rds_network_receive_throughput_bytes',
  NetworkTransmitThroughput: 'rds_network_transmit_throughput_bytes',
} as const satisfies Readonly<Record<string, CloudWatchName>>

const METRICS = Object.entries(CLOUDWATCH_METRICS)

/** Averages of a minute, the finest that RDS gives without enhanced monitoring. */
const PERIOD_SECONDS = 60
/**
 * How old a value may be to be shown, in milliseconds. Most appear a minute or two late; the balances of EBS come every
 * five minutes only. What is older than twice that says nothing of now.
 */
const WINDOW_MS = 600_000
/** What one call of GetMetricData takes. */
const QUERIES_A_CALL = 500

/** From when on values count. @param now by our clock */
export const windowStart = (now: Date): Date => new Date(now.getTime() - WINDOW_MS)

/** One query a metric and instance, in portions that one call takes: 19 instances are one. Pure. */
export function metricQueries(identifiers: readonly string[]): MetricDataQuery[][] {
  const queries = identifiers.flatMap((identifier, i) =>
    METRICS.map(([metric], m): MetricDataQuery => {
      const Dimensions = [{ Name: 'DBInstanceIdentifier', Value: identifier }]
      const Metric = { Namespace: 'AWS/RDS', MetricName: metric, Dimensions }
      return { Id: `i${i}_m${m}`, MetricStat: { Metric, Period: PERIOD_SECONDS, Stat: 'Average' } }
    }),
  )
  return Array.from({ length: Math.ceil(queries.length / QUERIES_A_CALL) }, (_, portion) =>
    queries.slice(portion * QUERIES_A_CALL, (portion + 1) * QUERIES_A_CALL),
  )
}

/** The newest value of a metric of CloudWatch, and when its minute began. */
export interface Datapoint {
  readonly metric: keyof typeof CLOUDWATCH_METRICS
  readonly value: number
  readonly at: Date
}

/**
 * The newest value of each metric that has one since `since`, by instance; an instance of which nothing is known has none.
 * Pure. @param results of all queries, whatever their order
 */
export function newestDatapoints(
  identifiers: readonly string[],
  results: readonly MetricDataResult[],
  since: Date,
): ReadonlyMap<string, readonly Datapoint[]> {
  const newest = new Map<string, Datapoint>()
  for (const { Id = '', Timestamps = [], Values = [] } of results) {
    const metric = METRICS[Number(Id.split('_m')[1])]?.[0] as Datapoint['metric'] | undefined
    for (const [index, at] of Timestamps.entries()) {
      const value = Values[index]
      const known = newest.get(Id)
      if (metric === undefined || value === undefined || at < since || (known && known.at >= at)) continue
      newest.set(Id, { metric, value, at })
    }
  }
  return new Map(
    identifiers.map((identifier, i) => [
      identifier,
      METRICS.flatMap((_, m) => newest.get(`i${i}_m${m}`) ?? []),
    ]),
  )
}

/** Pure. */
export function emitDatapoints(
  dbidentifier: string,
  datapoints: readonly Datapoint[],
  emit: Emit<typeof RDS_METRICS>,
): void {
  for (const { metric, value, at } of datapoints) {
    emit(CLOUDWATCH_METRICS[metric], value, { dbidentifier })
    emit('howdah_rds_datapoint_timestamp_seconds', at.getTime() / 1000, { dbidentifier, metric })
  }
}
