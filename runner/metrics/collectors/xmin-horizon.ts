import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * What keeps VACUUM from removing dead rows, by who holds it. A transaction that has written and is idle has no snapshot, but
 * its own id holds the horizon all the same. Sessions in VACUUM hold nothing. A replica's feedback arrives through a WAL
 * sender, which pg_stat_activity lists as well. All of this is visible to any role. `age` counts to the newest id this
 * transaction knows, so an id taken since then would come out negative.
 */
const SQL = `SELECT 'backend' AS source,
       greatest(0, max(age(a.backend_xmin)), max(age(a.backend_xid)))::float8 AS age
  FROM pg_catalog.pg_stat_activity a
 WHERE a.pid <> pg_catalog.pg_backend_pid()
   AND a.pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_replication
                     UNION ALL SELECT pid FROM pg_catalog.pg_stat_progress_vacuum)
UNION ALL SELECT 'prepared', greatest(0, max(age(transaction))) FROM pg_catalog.pg_prepared_xacts
UNION ALL SELECT 'slot', greatest(0, max(age(xmin)), max(age(catalog_xmin))) FROM pg_catalog.pg_replication_slots
UNION ALL SELECT 'standby', greatest(0, max(age(backend_xmin))) FROM pg_catalog.pg_stat_replication`

/** How far back each holder keeps dead rows from being removed. */
export const xminHorizon = defineCollector({
  name: 'xmin-horizon',
  metrics: {
    pg_oldest_xmin_age: gauge(
      'Transactions since the oldest one that sessions, slots, prepared transactions or replicas keep rows for.',
      ['source'],
    ),
  },
  async collect(connection, _facts, emit) {
    for (const { source, age } of await connection.rows<{ source: string; age: number }>(SQL))
      emit('pg_oldest_xmin_age', age, { source })
  },
})
