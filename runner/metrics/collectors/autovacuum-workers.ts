import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** A role without pg_monitor cannot tell which sessions are workers: NULL, never 0. */
const SQL = `SELECT CASE WHEN count(*) FILTER (WHERE backend_type IS NULL) = 0
            THEN count(*) FILTER (WHERE backend_type = 'autovacuum worker')::float8 END AS running,
       pg_catalog.current_setting('autovacuum_max_workers')::float8 AS maximum
  FROM pg_catalog.pg_stat_activity`

/** Whether autovacuum has any worker left. */
export const autovacuumWorkers = defineCollector({
  name: 'autovacuum-workers',
  metrics: {
    pg_autovacuum_workers_running: gauge('Autovacuum workers at work.'),
    pg_autovacuum_workers_max: gauge('Autovacuum workers there can be (autovacuum_max_workers).'),
  },
  async collect(connection, _facts, emit) {
    const { running, maximum } = await connection.row<{ running: number | null; maximum: number }>(SQL)
    emit('pg_autovacuum_workers_running', running)
    emit('pg_autovacuum_workers_max', maximum)
  },
})
