import { max, promql } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, line, named, timeSeries } from './panel.ts'
import { selected } from './query.ts'

const ID = 'dbidentifier'

/** What only AWS knows of an instance; without its configuration the panels are empty. */
export const rdsRow = (): Row => ({
  title: 'RDS',
  panels: [
    timeSeries({
      title: 'Storage in use',
      description: 'Share of what is allocated, as CloudWatch sees it. A full disk stops the server.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`1 - ${max(selected('rds_free_storage_bytes'), ID)} / ${max(selected('rds_allocated_storage_bytes'), ID)}`,
          legend: legendOf([ID]),
        },
      ],
      limits: [
        { alert: 'PgDiskHigh', at: 'first' },
        { alert: 'PgDiskCritical', at: 'first' },
        { alert: 'PgDiskFullIn4h' },
      ],
      most: 1,
    }),
    timeSeries({
      title: 'CPU',
      description: 'Of the machine, in percent of all its CPUs.',
      unit: 'percent',
      lines: [line('rds_cpu_usage_percent_average', ID)],
      limits: [{ alert: 'PgCpuHigh' }],
      most: 100,
    }),
    timeSeries({
      title: 'Load against CPUs',
      description:
        'Sessions at work on average. More than there are CPUs wait for one, or for something else.',
      unit: 'count',
      lines: [
        named('load', line('rds_dbload_average', ID)),
        named('CPUs', line('rds_instance_vcpu_average', ID)),
      ],
    }),
    timeSeries({
      title: 'Memory',
      description: 'What programs can still get, and what was swapped out: that should be nearly nothing.',
      unit: 'bytes',
      lines: [
        named('freeable', line('rds_freeable_memory_bytes', ID)),
        named('swapped', line('rds_swap_usage_bytes', ID)),
      ],
      limits: [{ alert: 'PgMemoryLow' }, { alert: 'PgSwap' }],
    }),
    timeSeries({
      title: 'I/O operations',
      description: 'Reads and writes of the storage, against what was paid for.',
      unit: 'perSecond',
      lines: [
        named('reads', line('rds_read_iops_average', ID)),
        named('writes', line('rds_write_iops_average', ID)),
      ],
      limits: [{ alert: 'PgIopsSaturated' }],
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
  ],
})
