import { exactIncrease, max, type SeriesName, sum } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, line, table, timeSeries } from './panel.ts'
import { moment, selected } from './query.ts'

const NAME = 'backfill'
const one = (metric: SeriesName) => max(selected(metric), NAME)

/** Changes of data in batches. */
export const backfillRow = (): Row => ({
  title: 'Backfills',
  panels: [
    table({
      title: 'Backfills',
      description: 'One that stopped before its end goes on where it was, when it is run again.',
      labels: ['instance', NAME],
      columns: [
        { title: 'Under way', unit: 'yesNo', expression: one('howdah_backfill_running') },
        {
          title: 'Came to its end',
          unit: 'yesNo',
          expression: one('howdah_backfill_last_status'),
          limits: [{ alert: 'PgBackfillFailed', at: 0 }],
        },
        { title: 'Done', unit: 'ratio', expression: one('howdah_backfill_progress_ratio') },
        { title: 'Rows', unit: 'count', expression: one('howdah_backfill_rows_total') },
        { title: 'Rows a second', unit: 'count', expression: one('howdah_backfill_rate_rows_per_second') },
        { title: 'Last batch', unit: 'seconds', expression: one('howdah_backfill_last_batch_seconds') },
        { title: 'Batches repeated', unit: 'count', expression: one('howdah_backfill_errors_total') },
        { title: 'Ready', unit: 'moment', expression: moment(one('howdah_backfill_eta_timestamp_seconds')) },
      ],
    }),
    timeSeries({
      title: 'Rows done',
      description: 'Share of those there are to do. Absent where nobody counted them.',
      unit: 'ratio',
      lines: [line('howdah_backfill_progress_ratio', NAME)],
      most: 1,
      width: 8,
    }),
    timeSeries({
      title: 'Rows done within five minutes',
      description: 'None, while it is under way and not paused: its session waits for something.',
      unit: 'count',
      lines: [
        {
          expression: sum(exactIncrease(selected('howdah_backfill_rows_done_total'), '5m'), NAME),
          legend: legendOf([NAME]),
        },
      ],
      limits: [{ alert: 'PgBackfillStalled' }],
      width: 8,
    }),
    timeSeries({
      title: 'Holds still',
      description: 'For replicas that fall behind (lag), others who wait for its locks, or load.',
      unit: 'yesNo',
      lines: [line('howdah_backfill_paused', NAME, 'reason')],
      most: 1,
      width: 8,
    }),
  ],
})
