import { max, min, over, promql, series } from '../expression.ts'
import { DISK_USED_RATIO } from '../recordings.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Thresholds } from '../thresholds.ts'

const DB = { dbidentifier: 'app' }
const MIB = 2 ** 20
const DAY = 86_400

/** Of 100 bytes so many are free. */
const rdsDisk = (free: number | string): Case => ({
  series: {
    'rds_free_storage_bytes{dbidentifier="app"}': free,
    'rds_allocated_storage_bytes{dbidentifier="app"}': 100,
  },
})
const localDisk = (free: number | string): Case => ({
  series: { howdah_data_directory_free_bytes: free, howdah_data_directory_size_bytes: 100 },
})

/** From `start` to nothing within `seconds`, by steps of 15 s. */
const falling = (start: number, seconds: number) => `${start}-${(start / seconds) * 15}x100`

const memory = (free: number): Case => ({
  series: {
    'rds_freeable_memory_bytes{dbidentifier="app"}': free,
    'rds_instance_memory_bytes{dbidentifier="app",instance_class="db.r6g.large"}': 100,
  },
})

const operations = (reads: number, writes: number): Case => ({
  series: {
    'rds_read_iops_average{dbidentifier="app"}': reads,
    'rds_write_iops_average{dbidentifier="app"}': writes,
    'rds_allocated_disk_iops_average{dbidentifier="app"}': 100,
  },
})

const swap = (values: number | string, at?: Case['at']): Case => ({
  series: { 'rds_swap_usage_bytes{dbidentifier="app"}': values },
  ...(at && { at }),
})

const storage = (allocated: number): Case => ({
  series: {
    'rds_allocated_storage_bytes{dbidentifier="app"}': allocated,
    'rds_max_allocated_storage_bytes{dbidentifier="app"}': 100,
  },
})

/** When what is free reaches nothing, if it goes on as in the last hour. */
const fullWithin = (free: 'rds_free_storage_bytes' | 'howdah_data_directory_free_bytes', t: Thresholds) => {
  const labels = free === 'rds_free_storage_bytes' ? ['dbidentifier'] : []
  return min(promql`predict_linear(${over(series(free), '1h')}, ${t.diskFullWithinSeconds})`, ...labels)
}

/** What runs out below the database: its disk, its machine, its certificate, its backups. */
export const rds = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgDiskHigh',
    expression: promql`${DISK_USED_RATIO} > ${t.diskUsed}`,
    for: '10m',
    severity: 'warning',
    summary: `More than ${percent(t.diskUsed)} of the disk of {{ $labels.instance }} {{ $labels.dbidentifier }} is used.`,
    description:
      '{{ $value | humanizePercentage }} of it. pg_database_size_bytes, pg_wal_size_bytes and rds_transaction_logs_disk_usage_bytes tell what grew; a replication slot that nobody reads keeps all WAL.',
    proof: {
      fires: { ...rdsDisk(19), labels: DB },
      also: [{ ...localDisk(19), labels: {} }],
      silent: [rdsDisk(20), localDisk(20), { series: { 'rds_free_storage_bytes{dbidentifier="app"}': 1 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgDiskCritical',
    expression: promql`${DISK_USED_RATIO} > ${t.diskUsedCritical}`,
    for: '5m',
    severity: 'critical',
    summary: `More than ${percent(t.diskUsedCritical)} of the disk of {{ $labels.instance }} {{ $labels.dbidentifier }} is used.`,
    description:
      '{{ $value | humanizePercentage }} of it; a full disk stops the database. Free WAL that a slot keeps, or enlarge the storage by 10 % at least; RDS then refuses another change for six hours.',
    proof: {
      fires: { ...rdsDisk(9), labels: DB },
      also: [{ ...localDisk(9), labels: {} }],
      silent: [rdsDisk(10), localDisk(10)],
      noData: 'silent',
    },
  },
  {
    name: 'PgDiskFullIn4h',
    expression: promql`(${fullWithin('rds_free_storage_bytes', t)} < 0 or ${fullWithin('howdah_data_directory_free_bytes', t)} < 0) and ${DISK_USED_RATIO} > ${t.diskFullLeastUsed}`,
    for: '10m',
    severity: 'critical',
    summary: 'The disk of {{ $labels.instance }} {{ $labels.dbidentifier }} is full within four hours.',
    description:
      'If it goes on as in the last hour. A migration that rewrites a table, a dump, or WAL that is not archived are the usual causes.',
    proof: {
      fires: { ...rdsDisk(falling(49, 4 * 3600)), labels: DB },
      also: [{ ...localDisk(falling(49, 4 * 3600)), labels: {} }],
      silent: [
        rdsDisk(falling(49, 6 * 3600)),
        localDisk(falling(49, 6 * 3600)),
        rdsDisk(falling(90, 3600)),
        rdsDisk(20),
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgStorageAutoscalingExhausted',
    expression: promql`${max(series('rds_allocated_storage_bytes'), 'dbidentifier')} / ${max(series('rds_max_allocated_storage_bytes'), 'dbidentifier')} > ${t.storageAutoscaling}`,
    for: '15m',
    severity: 'warning',
    summary: 'Amazon cannot enlarge the storage of {{ $labels.dbidentifier }} much further.',
    description:
      'It has {{ $value | humanizePercentage }} of its maximum at {{ $labels.instance }}. Raise the maximum, before it fills up.',
    proof: {
      fires: { ...storage(91), labels: DB },
      silent: [storage(90), { series: { 'rds_allocated_storage_bytes{dbidentifier="app"}': 91 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgCpuHigh',
    expression: promql`${max(series('rds_cpu_usage_percent_average'), 'dbidentifier')} / 100 > ${t.cpuUsed}`,
    for: '10m',
    severity: 'warning',
    summary: 'The CPUs of {{ $labels.dbidentifier }} are busy.',
    description:
      '{{ $value | humanizePercentage }} at {{ $labels.instance }}. rds_dbload_cpu_average against rds_instance_vcpu_average tells whether sessions wait for them, pg_stat_statements_seconds_total which statements take them.',
    proof: {
      fires: { series: { 'rds_cpu_usage_percent_average{dbidentifier="app"}': 86 }, labels: DB },
      silent: [{ series: { 'rds_cpu_usage_percent_average{dbidentifier="app"}': 85 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgMemoryLow',
    expression: promql`${min(series('rds_freeable_memory_bytes'), 'dbidentifier')} / ${max(series('rds_instance_memory_bytes'), 'dbidentifier')} < ${t.memoryFree}`,
    for: '10m',
    severity: 'warning',
    summary: 'Little memory of {{ $labels.dbidentifier }} is free.',
    description:
      '{{ $value | humanizePercentage }} at {{ $labels.instance }}; without any the kernel ends a session, and with it all of them. Fewer connections, or less work_mem, or a larger class.',
    proof: {
      fires: { ...memory(19), labels: DB },
      silent: [memory(20), { series: { 'rds_freeable_memory_bytes{dbidentifier="app"}': 1 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgIopsSaturated',
    expression: promql`(${max(series('rds_read_iops_average'), 'dbidentifier')} + ${max(series('rds_write_iops_average'), 'dbidentifier')}) / ${max(series('rds_allocated_disk_iops_average'), 'dbidentifier')} > ${t.iopsUsed}`,
    for: '10m',
    severity: 'warning',
    summary: 'The storage of {{ $labels.dbidentifier }} is nearly saturated.',
    description:
      '{{ $value | humanizePercentage }} of the reads and writes per second it is made for, at {{ $labels.instance }}. Above 100 % gp2 lives on credits (rds_burst_balance_percent_average), and without them everything waits.',
    proof: {
      fires: { ...operations(41, 40), labels: DB },
      silent: [operations(40, 40)],
      noData: 'silent',
    },
  },
  {
    name: 'PgSwap',
    expression: promql`${max(series('rds_swap_usage_bytes'), 'dbidentifier')} - ${min(promql`min_over_time(${over(series('rds_swap_usage_bytes'), '1h')})`, 'dbidentifier')} >= ${t.swapGrowthBytes}`,
    for: '2m',
    severity: 'warning',
    summary: '{{ $labels.dbidentifier }} swaps.',
    description:
      'It put {{ $value | humanize1024 }}B there within the last hour ({{ $labels.instance }}); queries that need them wait for the disk. Memory is too small for what runs.',
    proof: {
      fires: { ...swap(`${MIB} ${21 * MIB}x100`), labels: DB },
      silent: [swap(`${MIB} ${20 * MIB}x100`), swap(500 * MIB)],
      noData: 'silent',
    },
  },
  {
    name: 'PgCertExpiring',
    expression: promql`${min(series('rds_certificate_expiry_timestamp_seconds'), 'dbidentifier')} - time() < ${t.certificateSeconds}`,
    for: '5m',
    severity: 'warning',
    summary: 'The certificate of {{ $labels.dbidentifier }} expires soon.',
    description:
      'In {{ $value | humanizeDuration }} clients that verify it are refused ({{ $labels.instance }}). Rotate it by `aws rds modify-db-instance --ca-certificate-identifier`; RDS restarts the instance for that unless it need not.',
    proof: {
      fires: {
        series: { 'rds_certificate_expiry_timestamp_seconds{dbidentifier="app"}': 15 * DAY },
        labels: DB,
      },
      silent: [{ series: { 'rds_certificate_expiry_timestamp_seconds{dbidentifier="app"}': 15.5 * DAY } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgForcedMaintenance',
    expression: promql`${max(series('rds_instance_info', 'pending_maintenance=~"auto-applied|forced"'), 'dbidentifier', 'pending_maintenance')} == 1`,
    for: '1h',
    severity: 'warning',
    summary: 'Amazon will carry out maintenance on {{ $labels.dbidentifier }} by itself.',
    description:
      'It is {{ $labels.pending_maintenance }} at {{ $labels.instance }}, and means a restart. `aws rds describe-pending-maintenance-actions` has the day; choose a better one with apply-pending-maintenance-action.',
    proof: {
      fires: {
        series: { 'rds_instance_info{dbidentifier="app",pending_maintenance="forced"}': 1 },
        labels: { ...DB, pending_maintenance: 'forced' },
      },
      silent: ['no', 'pending', 'unknown'].map(
        (state): Case => ({
          series: { [`rds_instance_info{dbidentifier="app",pending_maintenance="${state}"}`]: 1 },
        }),
      ),
      noData: 'silent',
    },
  },
  {
    name: 'PgPitrStale',
    expression: promql`time() - ${max(series('howdah_backup_latest_restorable_timestamp_seconds'), 'cluster')} > ${t.restorableSeconds}`,
    for: '0s',
    severity: 'critical',
    summary: '{{ $labels.cluster }} cannot be restored to a recent moment.',
    description:
      'The latest one is {{ $value | humanizeDuration }} ago ({{ $labels.instance }}); what was written since would be lost. `aws rds describe-events` tells of backups that failed; a full disk is the usual cause.',
    proof: {
      fires: {
        series: { 'howdah_backup_latest_restorable_timestamp_seconds{cluster="app"}': 0 },
        at: '16m',
        labels: { cluster: 'app' },
      },
      silent: [
        { series: { 'howdah_backup_latest_restorable_timestamp_seconds{cluster="app"}': 0 }, at: '15m' },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgRdsMetricsMissing',
    expression: promql`${min(series('howdah_rds_up'), 'dbidentifier', 'api')} == 0`,
    for: '10m',
    severity: 'warning',
    summary: 'AWS says nothing of {{ $labels.dbidentifier }}.',
    description:
      'What {{ $labels.api }} would tell is missing at {{ $labels.instance }}, and alerts made of it are silent. The log of `howdah serve` has the reason: a permission, credentials that ended, a wrong identifier or region, no way to AWS.',
    proof: {
      fires: {
        series: {
          'howdah_rds_up{dbidentifier="app",api="GetMetricData"}': 0,
          'howdah_rds_up{dbidentifier="app",api="DescribeDBInstances"}': 1,
        },
        labels: { ...DB, api: 'GetMetricData' },
      },
      silent: [{ series: { 'howdah_rds_up{dbidentifier="app",api="GetMetricData"}': 1 } }],
      noData: 'silent',
    },
  },
]
