import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

const SQL = `SELECT count(*)::float8 AS count,
       coalesce(max(extract(epoch FROM clock_timestamp() - prepared)), 0)::float8 AS age
  FROM pg_catalog.pg_prepared_xacts`

/** Transactions that outlive their session and hold locks and dead rows until somebody ends them. */
export const preparedTransactions = defineCollector({
  name: 'prepared-transactions',
  metrics: {
    pg_prepared_xacts_count: gauge('Transactions prepared for a two-phase commit and not yet ended.'),
    pg_prepared_xacts_max_age_seconds: gauge('How long ago the oldest of them was prepared; 0 without any.'),
  },
  async collect(connection, _facts, emit) {
    const { count, age } = await connection.row<{ count: number; age: number }>(SQL)
    emit('pg_prepared_xacts_count', count)
    emit('pg_prepared_xacts_max_age_seconds', age)
  },
})
