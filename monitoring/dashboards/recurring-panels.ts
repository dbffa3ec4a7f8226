import { sum } from '../rules/expression.ts'
import { CONNECTIONS_RATIO } from '../rules/recordings.ts'
import { legendOf, line, timeSeries } from './panel.ts'
import { recorded, selected } from './query.ts'

/** Panels that stand on several dashboards, since no reader should have to look for them on another. */

export const connectionsPanel = () =>
  timeSeries({
    title: 'Connections against the limit',
    description: 'Of what ordinary roles can use; at 1 the next one is refused.',
    unit: 'ratio',
    lines: [{ expression: recorded(CONNECTIONS_RATIO), legend: '{{instance}}' }],
    limits: [
      { alert: 'PgConnectionsHigh', at: 'connectionsHigh' },
      { alert: 'PgConnectionsExhausted', at: 'connectionsExhausted' },
    ],
    most: 1,
  })

export const atWorkPanel = () =>
  timeSeries({
    title: 'Sessions at work, by what they wait for',
    description: 'CPU is those that wait for nothing: more than the machine has CPUs is a queue for them.',
    unit: 'count',
    lines: [
      {
        expression: sum(selected('pg_stat_activity_wait_sessions'), 'wait_event_type'),
        legend: legendOf(['wait_event_type']),
      },
    ],
    stacked: true,
  })

export const lagPanel = () =>
  timeSeries({
    title: 'Replication lag',
    description:
      'How old the newest data is. 0 only while a replica streams and has replayed all, and on a primary.',
    unit: 'seconds',
    lines: [line('pg_replication_lag_seconds')],
    limits: [
      { alert: 'PgReplicationLagHigh', at: 'replicationLagSeconds' },
      { alert: 'PgReplicationLagCritical', at: 'replicationLagCriticalSeconds' },
    ],
  })
