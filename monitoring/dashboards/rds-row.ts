import { max, min, over, promql, type SeriesName } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, line, named, stat, table, timeSeries } from './panel.ts'
import { selected } from './query.ts'

const ID = 'dbidentifier'
const LEGEND = legendOf([ID])
const most = (metric: SeriesName, ...matchers: string[]) => max(selected(metric, ...matchers), ID)
const FORCED = 'pending_maintenance=~"auto-applied|forced"'

/** What only AWS knows of an instance; without its configuration the panels are empty. Disk is in its own row. */
export const rdsRow = (): Row => ({
  title: 'Amazon RDS',
  panels: [
    stat({
      title: 'AWS answers',
      description: 'Whether what each of its interfaces tells is here; else these panels are old or empty.',
      unit: 'yesNo',
      lines: [{ expression: min(selected('howdah_rds_up'), ID, 'api'), legend: `${LEGEND} {{api}}` }],
      limits: [{ alert: 'PgRdsMetricsMissing', at: 0 }],
      width: 8,
    }),
    stat({
      title: 'Certificate ends in',
      description: 'After that, clients that verify it are refused.',
      unit: 'seconds',
      lines: [
        {
          expression: promql`${min(selected('rds_certificate_expiry_timestamp_seconds'), ID)} - time()`,
          legend: LEGEND,
        },
      ],
      limits: [{ alert: 'PgCertExpiring', at: 'certificateSeconds' }],
      width: 8,
    }),
    stat({
      title: 'Maintenance that Amazon will force',
      description: 'A restart on a day of theirs, unless somebody chooses a better one.',
      unit: 'yesNo',
      lines: [
        {
          expression: promql`${most('rds_instance_info', FORCED)} or ${most('rds_instance_info')} * 0`,
          legend: LEGEND,
        },
      ],
      limits: [{ alert: 'PgForcedMaintenance', at: 1 }],
      width: 8,
    }),
    table({
      title: 'Instances',
      description: 'As Amazon describes them. What is pending takes effect in the next maintenance window.',
      labels: ['instance', ...DESCRIBED],
      columns: [
        { title: 'There', unit: 'yesNo', expression: max(selected('rds_instance_info'), ...DESCRIBED) },
      ],
    }),
    timeSeries({
      title: 'CPU',
      description: 'Share of all CPUs of the machine.',
      unit: 'ratio',
      lines: [{ expression: promql`${most('rds_cpu_usage_percent_average')} / 100`, legend: LEGEND }],
      limits: [{ alert: 'PgCpuHigh', at: 'cpuUsed' }],
      most: 1,
    }),
    timeSeries({
      title: 'Load against CPUs',
      description:
        'Sessions at work on average. More than there are CPUs wait for one, or for something else.',
      unit: 'count',
      lines: [
        named('on CPU', line('rds_dbload_cpu_average', ID)),
        named('waiting', line('rds_dbload_noncpu_average', ID)),
        named('CPUs', line('rds_instance_vcpu_average', ID)),
      ],
    }),
    timeSeries({
      title: 'Memory left',
      description: 'Share of the memory that programs can still get.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`${min(selected('rds_freeable_memory_bytes'), ID)} / ${most('rds_instance_memory_bytes')}`,
          legend: LEGEND,
        },
      ],
      limits: [{ alert: 'PgMemoryLow', at: 'memoryFree' }],
      most: 1,
    }),
    timeSeries({
      title: 'Swapped out within an hour',
      description: 'Should be nothing: queries that need it wait for the disk.',
      unit: 'bytes',
      lines: [
        {
          expression: promql`${most('rds_swap_usage_bytes')} - ${min(promql`min_over_time(${over(selected('rds_swap_usage_bytes'), '1h')})`, ID)}`,
          legend: LEGEND,
        },
      ],
      limits: [{ alert: 'PgSwap', at: 'swapGrowthBytes' }],
    }),
    timeSeries({
      title: 'I/O operations',
      description: 'Reads and writes, of what the storage is allowed.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`(${most('rds_read_iops_average')} + ${most('rds_write_iops_average')}) / ${most('rds_allocated_disk_iops_average')}`,
          legend: LEGEND,
        },
      ],
      limits: [{ alert: 'PgIopsSaturated', at: 'iopsUsed' }],
    }),
    timeSeries({
      title: 'I/O latency',
      description: 'How long one operation takes; it rises when credits or throughput are used up.',
      unit: 'seconds',
      lines: [
        named('read', line('rds_read_latency_seconds', ID)),
        named('write', line('rds_write_latency_seconds', ID)),
      ],
    }),
    timeSeries({
      title: 'Credits left',
      description: 'For bursts of the storage and of the way to it. At 0 it is slow at once.',
      unit: 'percent',
      lines: [
        named('storage', line('rds_burst_balance_percent_average', ID)),
        named('operations', line('rds_ebs_io_balance_percent_average', ID)),
        named('throughput', line('rds_ebs_byte_balance_percent_average', ID)),
      ],
      most: 100,
      width: 8,
    }),
    timeSeries({
      title: 'Storage, of its maximum',
      description: 'How far Amazon has enlarged it; at 1 it does not any more.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`${most('rds_allocated_storage_bytes')} / ${most('rds_max_allocated_storage_bytes')}`,
          legend: LEGEND,
        },
      ],
      limits: [{ alert: 'PgStorageAutoscalingExhausted', at: 'storageAutoscaling' }],
      most: 1,
      width: 8,
    }),
    timeSeries({
      title: 'Logs on the storage',
      description: 'WAL, and the part of it that replication slots keep.',
      unit: 'bytes',
      lines: [
        named('WAL', line('rds_transaction_logs_disk_usage_bytes', ID)),
        named('of slots', line('rds_replication_slot_disk_usage_bytes', ID)),
      ],
      limits: [{ alert: 'PgSlotRetentionHigh' }],
      width: 8,
    }),
  ],
})

const DESCRIBED = [
  ID,
  'instance_class',
  'engine_version',
  'storage_type',
  'multi_az',
  'role',
  'pending_modified_values',
  'pending_maintenance',
] as const
