import { defineCollector, WATCHED_DATABASES } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * Each database has a row for every state, also for those nobody is in: a series that comes and goes cannot be alerted on.
 * The state `hidden` collects sessions whose state this role may not see. To such a role `backend_type` is NULL as well;
 * a session with both a user and a database is then a client's, since only background workers lack one of them.
 * The state `exporter` has the sessions of this exporter but the one that asks: they take connections as well, and what they
 * do is nobody's business of the application.
 */
const SQL = `WITH session AS (
  SELECT datname, CASE WHEN application_name = 'howdah/serve' AND usename = current_user THEN 'exporter'
                       ELSE coalesce(state, 'hidden') END AS state,
         extract(epoch FROM clock_timestamp() - xact_start) AS transaction_age,
         extract(epoch FROM clock_timestamp() - query_start) AS query_age,
         extract(epoch FROM clock_timestamp() - state_change) AS state_age
    FROM pg_catalog.pg_stat_activity
   WHERE pid <> pg_backend_pid()
     AND coalesce(backend_type = 'client backend', usesysid IS NOT NULL AND datid IS NOT NULL)
), cell AS (
  SELECT d.datname, s.state
    FROM pg_catalog.pg_database d
   CROSS JOIN (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
                      ('fastpath function call'), ('disabled')) AS s (state)
   WHERE ${WATCHED_DATABASES}
   UNION SELECT datname, state FROM session WHERE datname IN (SELECT datname FROM pg_catalog.pg_database WHERE ${WATCHED_DATABASES})
)
SELECT c.datname, c.state, count(s.state)::float8 AS sessions,
       coalesce(max(s.transaction_age), 0)::float8 AS transaction_age,
       coalesce(max(s.query_age), 0)::float8 AS query_age,
       coalesce(max(s.state_age), 0)::float8 AS state_age
  FROM cell c LEFT JOIN session s ON s.datname = c.datname AND s.state = c.state
 GROUP BY c.datname, c.state ORDER BY c.datname, c.state`

interface Row {
  readonly datname: string
  readonly state: string
  readonly sessions: number
  readonly transaction_age: number
  readonly query_age: number
  readonly state_age: number
}

/** Who is connected and what they are doing; the session that asks is not counted. */
export const activity = defineCollector({
  name: 'activity',
  metrics: {
    pg_stat_activity_count: gauge(
      'Client sessions by database and state; exporter: its own, but the one that asks.',
      ['datname', 'state'],
    ),
    pg_stat_activity_max_tx_duration: gauge('Age of the oldest open transaction, in seconds.', [
      'datname',
      'state',
    ]),
    pg_stat_activity_max_query_seconds: gauge('Age of the oldest running statement.', ['datname']),
    pg_stat_activity_max_idle_in_transaction_seconds: gauge(
      'How long the longest has been idle inside a transaction.',
      ['datname'],
    ),
  },
  async collect(connection, _facts, emit) {
    const idle = new Map<string, number>()
    const rows = await connection.rows<Row>(SQL)
    // What a session does that this role may not see may well be the longest.
    const hidden = new Set(rows.filter(({ state }) => state === 'hidden').map(({ datname }) => datname))
    for (const row of rows) {
      const { datname, state } = row
      emit('pg_stat_activity_count', row.sessions, { datname, state })
      if (state === 'exporter' || hidden.has(datname)) continue
      emit('pg_stat_activity_max_tx_duration', row.transaction_age, { datname, state })
      if (state === 'active') emit('pg_stat_activity_max_query_seconds', row.query_age, { datname })
      if (state.startsWith('idle in')) idle.set(datname, Math.max(idle.get(datname) ?? 0, row.state_age))
    }
    for (const [datname, seconds] of idle)
      emit('pg_stat_activity_max_idle_in_transaction_seconds', seconds, { datname })
  },
})
