import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'
import { APPLICATION_SESSION, CLIENT_SESSION } from '../maintenance-sessions.ts'

/** A session whose state is hidden may be in a transaction: then both are unknown. */
const SQL = `SELECT CASE WHEN NOT hidden THEN transactions END AS transactions, CASE WHEN NOT hidden THEN oldest END AS oldest
  FROM (SELECT count(a.xact_start)::float8 AS transactions,
               coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)::float8 AS oldest,
               coalesce(bool_or(a.backend_type IS NULL), false) AS hidden
          FROM pg_catalog.pg_stat_activity a WHERE ${CLIENT_SESSION} AND ${APPLICATION_SESSION}) AS s`

/** Transactions of the application, in all databases. Names of postgres_exporter; it counts maintenance and itself as well. */
export const longTransactions = defineCollector({
  name: 'long-transactions',
  metrics: {
    pg_long_running_transactions: gauge(
      'Open transactions; maintenance, dumps and our own sessions left out.',
    ),
    pg_long_running_transactions_oldest_timestamp_seconds: gauge(
      'Age of the oldest of these transactions in seconds; 0 when there is none.',
    ),
  },
  async collect(connection, _facts, emit) {
    const row = await connection.row<{ transactions: number | null; oldest: number | null }>(SQL)
    emit('pg_long_running_transactions', row.transactions)
    emit('pg_long_running_transactions_oldest_timestamp_seconds', row.oldest)
  },
})
