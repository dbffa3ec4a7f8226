import { max } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { line, named, timeSeries } from './panel.ts'
import { selected } from './query.ts'
import { atWorkPanel, lagPanel } from './recurring-panels.ts'

/** The one server's part of "Locks and activity": who works, who waits, who holds on. */
export const activityRow = (): Row => ({
  title: 'Activity',
  panels: [
    atWorkPanel(),
    timeSeries({
      title: 'Longest',
      description:
        'Transaction, statement, and idling inside a transaction. The first holds back VACUUM, the last also locks.',
      unit: 'seconds',
      lines: [
        named('transaction', {
          expression: max(selected('pg_stat_activity_max_tx_duration', 'state!="idle"')),
          legend: '{{instance}}',
        }),
        named('statement', line('pg_stat_activity_max_query_seconds')),
        named('idle in transaction', line('pg_stat_activity_max_idle_in_transaction_seconds')),
      ],
      limits: [{ alert: 'PgLongTransaction', at: 'longTransactionSeconds' }],
    }),
    timeSeries({
      title: 'Blocked sessions, and the depth of their chain',
      description: 'Who blocks whom is on the status page of `howdah serve`.',
      unit: 'count',
      lines: [
        named('blocked', line('pg_blocked_sessions')),
        named('in a row', line('pg_blocking_chain_depth')),
      ],
      limits: [{ alert: 'PgBlockedSessions', at: 'blockedSessions' }],
    }),
    lagPanel(),
  ],
})
