import { type BackfillStatistics, readBackfillStatistics } from '../../ledger/backfill-statistics.ts'
import { knownLedgerVersion, RECORDS_SINCE } from '../../ledger/ledger-schema.ts'
import { readLost } from '../../ledger/record-liveness.ts'
import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

const NAME = ['backfill'] as const
const REASONS = ['lag', 'locks', 'load'] as const

/** Changes of data in batches, as our ledger has them. */
export const backfills = defineCollector({
  name: 'backfills',
  metrics: {
    howdah_backfill_running: gauge('1 while the backfill is under way: begun, and its session alive.', NAME),
    howdah_backfill_last_status: gauge(
      '1 when the last run came to its end, 0 when it failed, was interrupted or killed; absent while it is under way.',
      NAME,
    ),
    howdah_backfill_rows_done_total: counter('Rows that were done, by all runs.', NAME),
    howdah_backfill_rows_total: gauge('Rows there are to do in all; absent where nobody counted.', NAME),
    howdah_backfill_progress_ratio: gauge(
      'Share of the rows that are done; absent where nobody counted.',
      NAME,
    ),
    howdah_backfill_rate_rows_per_second: gauge(
      'Speed since the last batch but one; it falls while no batch ends, and is 0 while none is under way.',
      NAME,
    ),
    howdah_backfill_last_batch_seconds: gauge('How long the last batch took.', NAME),
    howdah_backfill_paused: gauge('1 while the backfill holds still for that reason.', [
      'backfill',
      'reason',
    ]),
    howdah_backfill_errors_total: counter('Batches that failed and were tried again.', NAME),
    howdah_backfill_eta_timestamp_seconds: gauge('When it will be done at this speed, as Unix time.', NAME),
  },
  async collect(connection, { inRecovery }, emit) {
    if ((await knownLedgerVersion(connection)) < RECORDS_SINCE) return
    const lost = inRecovery ? [] : await readLost(connection, 'backfill')
    for (const found of await readBackfillStatistics(connection, lost)) {
      const { name: backfill, running, done, rowsDone, rowsTotal, rowsPerSecond } = found
      const labels = { backfill }
      // Without an end it is under way or killed, which a replica cannot tell.
      const known = !inRecovery || !running
      if (known) {
        emit('howdah_backfill_running', Number(running), labels)
        emit('howdah_backfill_rate_rows_per_second', rowsPerSecond, labels)
        emit('howdah_backfill_eta_timestamp_seconds', etaOf(found), labels)
        for (const reason of REASONS)
          emit('howdah_backfill_paused', Number(found.paused === reason), { backfill, reason })
      }
      emit('howdah_backfill_last_status', done === null ? null : Number(done), labels)
      emit('howdah_backfill_rows_done_total', rowsDone, labels)
      emit('howdah_backfill_rows_total', rowsTotal, labels)
      const progress = rowsTotal === null ? null : rowsTotal === 0 ? 1 : Math.min(1, rowsDone / rowsTotal)
      emit('howdah_backfill_progress_ratio', progress, labels)
      emit('howdah_backfill_last_batch_seconds', found.lastBatchSeconds, labels)
      emit('howdah_backfill_errors_total', found.errors, labels)
    }
  },
})

function etaOf({ now, running, rowsDone, rowsTotal, rowsPerSecond }: BackfillStatistics): number | null {
  if (!running || rowsTotal === null || rowsPerSecond === 0) return null
  return now + Math.max(0, rowsTotal - rowsDone) / rowsPerSecond
}
