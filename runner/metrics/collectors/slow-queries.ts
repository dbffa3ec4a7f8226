import { defineCollector, WATCHED_DATABASES } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'
import { APPLICATION_SESSION, CLIENT_SESSION } from '../maintenance-sessions.ts'

/** Where a session's state is hidden from this role, how many of them are slow is unknown: NULL, never 0. */
const SQL = `WITH session AS (
  SELECT a.datid, a.state, clock_timestamp() - a.query_start AS age
    FROM pg_catalog.pg_stat_activity a WHERE ${CLIENT_SESSION} AND ${APPLICATION_SESSION}
)
SELECT d.datname, t.threshold,
       CASE WHEN count(*) FILTER (WHERE s.datid IS NOT NULL AND s.state IS NULL) = 0
            THEN count(*) FILTER (WHERE s.state = 'active' AND s.age > t.threshold::interval)::float8 END AS sessions
  FROM pg_catalog.pg_database d CROSS JOIN (VALUES ('1s'), ('10s')) AS t (threshold)
  LEFT JOIN session s ON s.datid = d.oid
 WHERE ${WATCHED_DATABASES} GROUP BY d.datname, t.threshold ORDER BY d.datname, t.threshold`

interface Row {
  readonly datname: string
  readonly threshold: string
  readonly sessions: number | null
}

/** Statements that run too long at this moment; needs no extension. */
export const slowQueries = defineCollector({
  name: 'slow-queries',
  metrics: {
    pg_stat_activity_slow_queries: gauge(
      'Statements that have run for longer than the threshold; maintenance, dumps and our own sessions left out.',
      ['datname', 'threshold'],
    ),
  },
  async collect(connection, _facts, emit) {
    for (const { datname, threshold, sessions } of await connection.rows<Row>(SQL))
      emit('pg_stat_activity_slow_queries', sessions, { datname, threshold })
  },
})
