import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** The value of an option of the table, or of the server's setting where the table has none. */
const option = (name: string) =>
  `coalesce((SELECT pg_catalog.split_part(o, '=', 2)::float8 FROM pg_catalog.unnest(t.options) AS o
              WHERE o LIKE '${name}=%'), pg_catalog.current_setting('${name}')::float8)`

/**
 * Autovacuum's own rule: dead rows, inserted rows (-1 is never), or age; age overrules a table's `autovacuum_enabled=off`.
 * 18 has an upper bound for the first and leaves frozen pages out of the second. A TOAST table without options of its own
 * goes by its table's. Only functions that read shared memory and lock no table.
 */
const SQL = (major: number) => `WITH t AS MATERIALIZED (
  SELECT c.oid, c.relkind, n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AS own,
         greatest(c.reltuples, 0)::float8 AS tuples, age(c.relfrozenxid) AS xid_age,
         pg_catalog.mxid_age(c.relminmxid) AS mxid_age, coalesce(c.reloptions, main.reloptions) AS options,
         pg_catalog.pg_stat_get_live_tuples(c.oid) AS live, pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead,
         pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS inserted,
         ${major >= 18 ? 'CASE WHEN c.relpages > 0 THEN 1 - least(1, greatest(c.relallfrozen, 0)::float8 / c.relpages) ELSE 1 END' : '1'} AS unfrozen
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class main ON c.relkind = 't' AND main.reltoastrelid = c.oid
   WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't'
), rule AS MATERIALIZED (
  SELECT t.*, coalesce((SELECT pg_catalog.split_part(o, '=', 2)::bool FROM pg_catalog.unnest(t.options) AS o
                         WHERE o LIKE 'autovacuum_enabled=%'), true) AS enabled,
         ${option('autovacuum_vacuum_threshold')} + ${option('autovacuum_vacuum_scale_factor')} * tuples AS dead_limit,
         ${major >= 18 ? option('autovacuum_vacuum_max_threshold') : '-1'} AS dead_most,
         ${option('autovacuum_vacuum_insert_threshold')} AS insert_base,
         ${option('autovacuum_vacuum_insert_scale_factor')} * tuples * unfrozen AS insert_more,
         least(${option('autovacuum_freeze_max_age')}, pg_catalog.current_setting('autovacuum_freeze_max_age')::float8) AS freeze_age,
         least(${option('autovacuum_multixact_freeze_max_age')}, pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::float8) AS multi_freeze_age
    FROM t
)
SELECT count(*) FILTER (WHERE xid_age > freeze_age OR mxid_age > multi_freeze_age OR enabled
              AND (dead > CASE WHEN dead_most >= 0 THEN least(dead_limit, dead_most) ELSE dead_limit END
                   OR insert_base >= 0 AND inserted > insert_base + insert_more))::float8 AS due,
       count(*) FILTER (WHERE own AND relkind <> 't' AND NOT enabled)::float8 AS disabled,
       count(*) FILTER (WHERE own AND relkind <> 't')::float8 AS tables,
       coalesce(sum(live) FILTER (WHERE own AND relkind <> 't'), 0)::float8 AS live,
       coalesce(sum(dead) FILTER (WHERE own AND relkind <> 't'), 0)::float8 AS dead
  FROM rule`

interface Row {
  readonly due: number
  readonly disabled: number
  readonly tables: number
  readonly live: number
  readonly dead: number
}

/** Tables that wait for autovacuum, and rows in all, of the database connected to: 100 to 300 ms at 10,000 tables. */
export const autovacuumDue = defineCollector({
  name: 'autovacuum-due',
  scope: 'database',
  tier: 'slow',
  timeoutMs: 2000,
  metrics: {
    pg_autovacuum_tables_due: gauge('Tables autovacuum has reason to vacuum, catalogs and TOAST included.', [
      'datname',
    ]),
    pg_autovacuum_tables_disabled: gauge('Tables autovacuum is switched off for.', ['datname']),
    pg_user_tables_count: gauge('Tables and materialized views, without those of the system.', ['datname']),
    pg_user_tables_live_tuples: gauge('Rows in them, as estimated by the server.', ['datname']),
    pg_user_tables_dead_tuples: gauge('Dead rows in them, as estimated by the server.', ['datname']),
  },
  async collect(connection, { major }, emit) {
    const datname = connection.target.database
    const row = await connection.row<Row & Record<string, number>>(SQL(major))
    emit('pg_autovacuum_tables_due', row.due, { datname })
    emit('pg_autovacuum_tables_disabled', row.disabled, { datname })
    emit('pg_user_tables_count', row.tables, { datname })
    emit('pg_user_tables_live_tuples', row.live, { datname })
    emit('pg_user_tables_dead_tuples', row.dead, { datname })
  },
})
