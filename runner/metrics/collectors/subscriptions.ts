import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

const CONFLICTS = [
  'insert_exists',
  'update_origin_differs',
  'update_exists',
  'update_missing',
  'delete_origin_differs',
  'delete_missing',
  'multiple_unique_conflicts',
] as const

/** A name is unique in its database alone, and the views show the subscriptions of all. Conflicts are counted from 18 on. */
const SQL = (major: number) => `SELECT d.datname, s.subname, s.subenabled::int AS enabled,
       t.apply_error_count::float8 AS apply_errors, t.sync_error_count::float8 AS sync_errors,
       (SELECT pg_catalog.pg_wal_lsn_diff(w.received_lsn, w.latest_end_lsn) FROM pg_catalog.pg_stat_subscription w
         WHERE w.subid = s.oid AND w.relid IS NULL ${major >= 16 ? 'AND w.leader_pid IS NULL' : ''} LIMIT 1)::float8 AS behind_bytes
       ${major >= 18 ? CONFLICTS.map(type => `, t.confl_${type}::float8 AS ${type}`).join('') : ''}
  FROM pg_catalog.pg_subscription s
  JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
  JOIN pg_catalog.pg_stat_subscription_stats t ON t.subid = s.oid
 ORDER BY 1, 2`

type Row = {
  readonly datname: string
  readonly subname: string
  readonly enabled: number
  readonly apply_errors: number
  readonly sync_errors: number
  readonly behind_bytes: number | null
} & { readonly [T in (typeof CONFLICTS)[number]]?: number }

const LABELS = ['datname', 'subname'] as const

/** Logical replication, seen from the server that receives; no series without a subscription. */
export const subscriptions = defineCollector({
  name: 'subscriptions',
  metrics: {
    pg_stat_subscription_enabled: gauge('1 while the subscription is enabled.', LABELS),
    pg_stat_subscription_apply_errors_total: counter('Errors while changes were applied.', LABELS),
    pg_stat_subscription_sync_errors_total: counter('Errors while tables were first copied.', LABELS),
    pg_stat_subscription_received_lag_bytes: gauge(
      'WAL received and not yet confirmed to the publisher; absent while no worker runs.',
      LABELS,
    ),
    pg_stat_subscription_conflicts_total: counter('Conflicts while changes were applied (18 and newer).', [
      ...LABELS,
      'type',
    ]),
  },
  async collect(connection, { major }, emit) {
    for (const row of await connection.rows<Row>(SQL(major))) {
      const { datname, subname } = row
      const labels = { datname, subname }
      emit('pg_stat_subscription_enabled', row.enabled, labels)
      emit('pg_stat_subscription_apply_errors_total', row.apply_errors, labels)
      emit('pg_stat_subscription_sync_errors_total', row.sync_errors, labels)
      emit('pg_stat_subscription_received_lag_bytes', row.behind_bytes, labels)
      for (const type of CONFLICTS)
        emit('pg_stat_subscription_conflicts_total', row[type] ?? null, { ...labels, type })
    }
  },
})
