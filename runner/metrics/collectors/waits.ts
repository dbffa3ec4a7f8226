import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** Idle clients wait for nothing that matters. What this role may not see is counted as hidden, idle or not. */
const SQL = `SELECT coalesce(backend_type, 'hidden') AS backend_type,
       CASE WHEN backend_type IS NULL THEN 'hidden' ELSE coalesce(wait_event_type, 'CPU') END AS wait_event_type,
       count(*)::float8 AS sessions
  FROM pg_catalog.pg_stat_activity
 WHERE pid <> pg_catalog.pg_backend_pid() AND (state = 'active' OR backend_type IS DISTINCT FROM 'client backend')
 GROUP BY 1, 2 ORDER BY 1, 2`

interface Row {
  readonly backend_type: string
  readonly wait_event_type: string
  readonly sessions: number
}

/** What the server's processes wait for at this moment. */
export const waits = defineCollector({
  name: 'waits',
  metrics: {
    pg_stat_activity_wait_sessions: gauge(
      'Sessions and processes at work by what they wait for; CPU is those that wait for nothing.',
      ['backend_type', 'wait_event_type'],
    ),
  },
  async collect(connection, _facts, emit) {
    for (const { sessions, ...labels } of await connection.rows<Row>(SQL))
      emit('pg_stat_activity_wait_sessions', sessions, labels)
  },
})
