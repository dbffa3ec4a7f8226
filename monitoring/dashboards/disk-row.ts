import { type Expression, exactIncrease, max, min, over, promql, sum } from '../rules/expression.ts'
import { DISK_USED_RATIO } from '../rules/recordings.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, line, timeSeries } from './panel.ts'
import { recorded, selected } from './query.ts'

const ID = 'dbidentifier'
const LEGEND = legendOf([ID])

/** The share that will be used if it goes on as within `window`: on RDS as Amazon says, or of the machine the runner shares. */
function forecast(window: '1h' | '6h', hours: number): Expression {
  const seconds = { text: String(hours * 3600), metrics: [] }
  const free = (metric: 'rds_free_storage_bytes' | 'howdah_data_directory_free_bytes') =>
    promql`predict_linear(${over(selected(metric), window)}, ${seconds})`
  return promql`(1 - ${min(free('rds_free_storage_bytes'), ID)} / ${max(selected('rds_allocated_storage_bytes'), ID)}) or (1 - ${min(free('howdah_data_directory_free_bytes'))} / ${max(selected('howdah_data_directory_size_bytes'))})`
}

/** What fills up, and whether it can be trusted. */
export const diskRow = (): Row => ({
  title: 'Disk',
  panels: [
    timeSeries({
      title: 'Disk in use, and in a while',
      description:
        'In four hours if it goes on as in the last one, in 24 as in the last six; from 1 on it is full, which stops the server. As Amazon says, or of the machine the runner shares with the server.',
      unit: 'ratio',
      lines: [
        { expression: recorded(DISK_USED_RATIO), legend: `now ${LEGEND}` },
        { expression: forecast('1h', 4), legend: `in 4 h ${LEGEND}` },
        { expression: forecast('6h', 24), legend: `in 24 h ${LEGEND}` },
      ],
      limits: [
        { alert: 'PgDiskHigh', at: 'diskUsed' },
        { alert: 'PgDiskCritical', at: 'diskUsedCritical' },
        { alert: 'PgDiskFullIn4h' },
      ],
    }),
    timeSeries({
      title: 'Size of databases',
      description: 'On disk, without WAL.',
      unit: 'bytes',
      lines: [line('pg_database_size_bytes', 'datname')],
      stacked: true,
    }),
    timeSeries({
      title: 'Pages with a wrong checksum, within five minutes',
      description: 'Damaged on disk. Absent where the server has no checksums.',
      unit: 'count',
      lines: [
        {
          expression: sum(
            exactIncrease(selected('pg_stat_database_checksum_failures_total'), '5m'),
            'datname',
          ),
          legend: legendOf(['datname']),
        },
      ],
      limits: [{ alert: 'PgChecksumFailure', at: 0 }],
    }),
  ],
})
