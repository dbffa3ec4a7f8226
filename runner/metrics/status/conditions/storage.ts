import { formatCount } from '../../../core/units.ts'
import { ALERT_LIMITS } from '../../alert-limits.ts'
import { above, type ConditionRule, type Level, levels } from '../condition.ts'
import { asPercent } from '../wording.ts'

/** Both counters of transactions end here. */
const LAST_ID = 2 ** 31

const wraparound = ({ limit, ...level }: Level): ConditionRule => ({
  ...level,
  reads: ['pg_database_xid_age', 'pg_database_mxid_age'],
  always: ['pg_database_xid_age', 'pg_database_mxid_age'],
  find: readings => {
    const multixacts = readings.maxBy('pg_database_mxid_age', ['datname'])
    const ages = [...readings.maxBy('pg_database_xid_age', ['datname']), ...multixacts]
    const worst = new Map<string, number>()
    for (const { labels, value } of ages)
      worst.set(labels.datname ?? '', Math.max(worst.get(labels.datname ?? '') ?? 0, value / LAST_ID))
    return [...worst]
      .filter(([, ratio]) => ratio > limit)
      .map(([subject, ratio]) => ({
        subject,
        sentence: `${asPercent(ratio)} of the transaction ids are used (limit ${asPercent(limit)}).`,
      }))
  },
})

const freeze = ({ limit, ...level }: Level): ConditionRule =>
  above({
    ...level,
    metric: 'pg_autovacuum_freeze_max_age_ratio',
    by: ['datname'],
    above: limit,
    always: true,
    say: ratio =>
      `The oldest transaction id is at ${asPercent(ratio)} of autovacuum_freeze_max_age (limit ${asPercent(limit)}).`,
  })

const sequence = ({ limit, ...level }: Level): ConditionRule =>
  above({
    ...level,
    metric: 'pg_sequence_used_ratio',
    by: ['datname', 'schemaname', 'sequencename'],
    above: limit,
    say: ratio => `${asPercent(ratio)} of its numbers are used up (limit ${asPercent(limit)}).`,
  })

/** What runs out, and what is held back. */
export const STORAGE_CONDITIONS: readonly ConditionRule[] = [
  ...levels(
    wraparound,
    ['PgXidWraparound', ALERT_LIMITS.wraparound],
    ['PgXidWraparoundCritical', ALERT_LIMITS.wraparoundCritical],
  ),
  ...levels(
    freeze,
    ['PgFreezeOverdue', ALERT_LIMITS.freezeOverdue],
    ['PgFreezeOverdueCritical', ALERT_LIMITS.freezeOverdueCritical],
  ),
  above({
    alert: 'PgXminHorizonStuck',
    severity: 'warning',
    metric: 'pg_oldest_xmin_age',
    by: ['source'],
    above: ALERT_LIMITS.xminAge,
    say: age => `It keeps VACUUM from removing rows of the last ${formatCount(age)} transactions.`,
  }),
  ...levels(
    sequence,
    ['PgSequenceExhaustion', ALERT_LIMITS.sequenceUsed],
    ['PgSequenceExhaustionCritical', ALERT_LIMITS.sequenceUsedCritical],
  ),
  above({
    alert: 'PgSequenceUnreadable',
    severity: 'warning',
    metric: 'pg_sequence_unreadable_count',
    by: ['datname'],
    above: 0,
    say: count => `${count} of its sequences cannot be read by the role that monitors.`,
  }),
  above({
    alert: 'PgIndexInvalid',
    severity: 'warning',
    metric: 'pg_index_invalid',
    by: ['datname', 'schemaname', 'indexrelname'],
    above: 0,
    say: () =>
      'The index is INVALID: writes maintain it, no query uses it. `howdah migrate repair` mends it.',
  }),
]
