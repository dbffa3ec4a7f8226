import { exactIncrease, max, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'

const NAMES = { backfill: 'names' }
const NAME = '{backfill="names"}'

const running = (rows: number | string, state: 0 | 1, paused: 0 | 1): Case => ({
  series: {
    [`howdah_backfill_rows_done_total${NAME}` as const]: rows,
    [`howdah_backfill_running${NAME}` as const]: state,
    'howdah_backfill_paused{backfill="names",reason="lag"}': paused,
    'howdah_backfill_paused{backfill="names",reason="load"}': 0,
  },
})

const ended = (status: 0 | 1): Case => ({
  series: { [`howdah_backfill_last_status${NAME}` as const]: status },
})

/** Changes of data in batches. */
export const backfills = (): readonly Alert[] => [
  {
    name: 'PgBackfillStalled',
    expression: promql`${sum(exactIncrease(series('howdah_backfill_rows_done_total'), '5m'), 'backfill')} == 0 and ${max(series('howdah_backfill_running'), 'backfill')} == 1 unless ${max(series('howdah_backfill_paused'), 'backfill')} == 1`,
    for: '15m',
    severity: 'warning',
    summary: 'The backfill {{ $labels.backfill }} does not get on.',
    description:
      'It is under way at {{ $labels.instance }} and not paused, and no batch has ended for a quarter of an hour. Look what its session waits for; it may be ended at any time and goes on where it was.',
    proof: {
      fires: { ...running(500, 1, 0), labels: NAMES },
      silent: [
        running(500, 0, 0),
        running(500, 1, 1),
        // A batch every four minutes.
        running('0x16 1x16 2x16 3x16 4x16 5x16', 1, 0),
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgBackfillFailed',
    expression: promql`${max(series('howdah_backfill_last_status'), 'backfill')} == 0`,
    for: '15m',
    severity: 'warning',
    summary: 'The backfill {{ $labels.backfill }} stopped before its end.',
    description:
      'Its last run at {{ $labels.instance }} failed, was interrupted or killed, and nobody has run it again. It goes on where it was; howdah.backfill has the code.',
    proof: { fires: { ...ended(0), labels: NAMES }, silent: [ended(1)], noData: 'silent' },
  },
]
