import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** A TOAST table has an age of its own and is frozen with its table; the older of the two is the table's. */
const SQL = `WITH old AS MATERIALIZED (
  SELECT c.relnamespace, c.relname, greatest(age(c.relfrozenxid), age(t.relfrozenxid))::float8 AS xid_age
    FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
   WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
   ORDER BY xid_age DESC, c.oid LIMIT 20
)
SELECT n.nspname AS schemaname, o.relname, o.xid_age
  FROM old o JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace ORDER BY 1, 2`

interface Row {
  readonly schemaname: string
  readonly relname: string
  readonly xid_age: number
}

/** The tables that hold the database's oldest transaction id back; those of the system catalogue count as well. */
export const tableAges = defineCollector({
  name: 'table-ages',
  scope: 'database',
  tier: 'slow',
  metrics: {
    pg_table_xid_age: gauge(
      'Transactions since the oldest id in the table or its TOAST table that is not frozen; the 20 oldest.',
      ['datname', 'schemaname', 'relname'],
    ),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    for (const { schemaname, relname, xid_age } of await connection.rows<Row>(SQL))
      emit('pg_table_xid_age', xid_age, { datname, schemaname, relname })
  },
})
