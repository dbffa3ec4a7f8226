import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** All databases, templates as well: the server stops for whichever comes first. */
const SQL = `SELECT datname, age(datfrozenxid)::float8 AS xid_age, pg_catalog.mxid_age(datminmxid)::float8 AS mxid_age,
       age(datfrozenxid) / pg_catalog.current_setting('autovacuum_freeze_max_age')::float8 AS ratio
  FROM pg_catalog.pg_database ORDER BY datname`

interface Row {
  readonly datname: string
  readonly xid_age: number
  readonly mxid_age: number
  readonly ratio: number
}

/** How far each database is from running out of transaction ids; at 2^31 the server stops taking writes. */
export const wraparound = defineCollector({
  name: 'wraparound',
  metrics: {
    pg_database_xid_age: gauge('Transactions since the oldest id that is not frozen.', ['datname']),
    pg_database_mxid_age: gauge('Multixacts since the oldest one still referred to.', ['datname']),
    pg_autovacuum_freeze_max_age_ratio: gauge(
      'Age of the oldest id by autovacuum_freeze_max_age; from 1 on vacuums are forced.',
      ['datname'],
    ),
  },
  async collect(connection, _facts, emit) {
    for (const { datname, xid_age, mxid_age, ratio } of await connection.rows<Row>(SQL)) {
      emit('pg_database_xid_age', xid_age, { datname })
      emit('pg_database_mxid_age', mxid_age, { datname })
      emit('pg_autovacuum_freeze_max_age_ratio', ratio, { datname })
    }
  },
})
