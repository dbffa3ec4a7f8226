import { readDrillStatistics } from '../../ledger/drill-statistics.ts'
import { knownLedgerVersion, RECORDS_SINCE } from '../../ledger/ledger-schema.ts'
import { readLost } from '../../ledger/record-liveness.ts'
import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

const SCENARIO = ['scenario'] as const

/** Disasters that were rehearsed, as our ledger has them. */
export const drills = defineCollector({
  name: 'drills',
  metrics: {
    howdah_dr_drill_last_timestamp_seconds: gauge(
      'When a drill last came to its end, passed or failed, as Unix time.',
      SCENARIO,
    ),
    howdah_dr_drill_last_rto_seconds: gauge('How long the recovery of that drill took.', SCENARIO),
    howdah_dr_drill_last_rpo_seconds: gauge('How much the recovery of that drill lost.', SCENARIO),
    howdah_dr_drill_last_status: gauge(
      '1 when the newest drill that is not under way passed, 0 when it failed or was cut off.',
      SCENARIO,
    ),
  },
  async collect(connection, { inRecovery }, emit) {
    if ((await knownLedgerVersion(connection)) < RECORDS_SINCE) return
    const lost = inRecovery ? [] : await readLost(connection, 'drill')
    for (const { scenario, lastAt, rtoSeconds, rpoSeconds, lastPassed } of await readDrillStatistics(
      connection,
      lost,
    )) {
      emit('howdah_dr_drill_last_timestamp_seconds', lastAt, { scenario })
      emit('howdah_dr_drill_last_rto_seconds', rtoSeconds, { scenario })
      emit('howdah_dr_drill_last_rpo_seconds', rpoSeconds, { scenario })
      emit('howdah_dr_drill_last_status', lastPassed === null ? null : Number(lastPassed), { scenario })
    }
  },
})
