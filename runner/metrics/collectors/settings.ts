import { defineCollector } from '../collector.ts'
import { gauge, type MetricDefinition } from '../exposition/metric.ts'

/**
 * Settings worth comparing with what is measured, in the unit postgres_exporter gives them (it has all 250 and more).
 * Timeouts a role or session usually has of its own are left out: this session could only tell what holds for itself.
 */
const ALLOWED = {
  bytes: [
    'shared_buffers',
    'effective_cache_size',
    'work_mem',
    'maintenance_work_mem',
    'autovacuum_work_mem',
    'temp_buffers',
    'temp_file_limit',
    'wal_buffers',
    'min_wal_size',
    'max_wal_size',
    'wal_keep_size',
    'max_slot_wal_keep_size',
    'wal_segment_size',
  ],
  seconds: [
    'checkpoint_timeout',
    'archive_timeout',
    'deadlock_timeout',
    'autovacuum_naptime',
    'autovacuum_vacuum_cost_delay',
    'wal_sender_timeout',
    'wal_receiver_timeout',
    'max_standby_streaming_delay',
    'max_standby_archive_delay',
    'log_min_duration_statement',
  ],
  none: [
    'max_worker_processes',
    'max_parallel_workers',
    'max_parallel_workers_per_gather',
    'max_wal_senders',
    'max_replication_slots',
    'max_prepared_transactions',
    'max_locks_per_transaction',
    'superuser_reserved_connections',
    'autovacuum_max_workers',
    'autovacuum_freeze_max_age',
    'autovacuum_multixact_freeze_max_age',
    'autovacuum_vacuum_threshold',
    'autovacuum_vacuum_scale_factor',
    'autovacuum_vacuum_insert_scale_factor',
    'autovacuum_analyze_threshold',
    'autovacuum_analyze_scale_factor',
    'autovacuum_vacuum_cost_limit',
    'checkpoint_completion_target',
    'random_page_cost',
    'effective_io_concurrency',
    'default_statistics_target',
  ],
  switch: [
    'autovacuum',
    'fsync',
    'full_page_writes',
    'data_checksums',
    'hot_standby_feedback',
    'track_io_timing',
    'track_wal_io_timing',
    'log_lock_waits',
    'ssl',
  ],
} as const

type Kind = keyof typeof ALLOWED
type Setting<K extends Kind> = (typeof ALLOWED)[K][number]
type SettingMetric =
  | `pg_settings_${Setting<'bytes'>}_bytes`
  | `pg_settings_${Setting<'seconds'>}_seconds`
  | `pg_settings_${Setting<'none'> | Setting<'switch'>}`

/** What the help says after the name. −1 stays −1: it means "none" or "as another setting says". */
const MEANING: Readonly<Record<Kind, string>> = {
  bytes: ', in bytes; -1 is kept as it is',
  seconds: ', in seconds; -1 is kept as it is',
  none: '',
  switch: ': 1 is on, 0 is off',
}

const ENTRIES = (Object.keys(ALLOWED) as Kind[]).flatMap(kind =>
  ALLOWED[kind].map(setting => {
    const suffix = kind === 'bytes' || kind === 'seconds' ? `_${kind}` : ''
    return { kind, setting, metric: `pg_settings_${setting}${suffix}` as SettingMetric }
  }),
)

const metrics = Object.fromEntries(
  ENTRIES.map(({ kind, setting, metric }) => [metric, gauge(`Setting ${setting}${MEANING[kind]}.`)]),
) as Readonly<Record<SettingMetric, MetricDefinition & { readonly labels: readonly [] }>>

/**
 * `reset_val`, because `setting` of a timeout is what this very transaction has set. Some settings are hidden from a role
 * without pg_read_all_settings (shared_preload_libraries for one), so that to such a role both numbers about all are unknown.
 *
 * The hash leaves out what clients say of themselves, and what may hold a password: whoever knows the other settings could
 * try passwords against it. 48 bits of it fit into a float64 without loss.
 */
const SQL = `WITH setting AS MATERIALIZED (
  SELECT name, reset_val, boot_val, unit, context, source, pending_restart FROM pg_catalog.pg_settings
), known AS (
  SELECT CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') THEN 1 END AS all_settings
)
SELECT name, reset_val AS value, unit FROM setting
 WHERE name IN (${ENTRIES.map(({ setting }) => `'${setting}'`).join(', ')})
UNION ALL
SELECT '', (count(*) FILTER (WHERE pending_restart) * (SELECT all_settings FROM known))::text, 'pending' FROM setting
UNION ALL
SELECT '', ((('x' || left(md5(coalesce(string_agg(name || '=' || reset_val, chr(10) ORDER BY name COLLATE "C"), '')), 12))::bit(48)::bigint)
           * (SELECT all_settings FROM known))::text, 'hash'
  FROM setting
 WHERE reset_val IS DISTINCT FROM boot_val AND context <> 'internal' AND source <> 'client'
   AND name NOT IN ('application_name', 'primary_conninfo', 'session_authorization') AND name !~ '(secret|token|passphrase)'`

interface Row {
  readonly name: string
  readonly value: string | null
  readonly unit: string | null
}

/** Configuration, and whether it changed. A change of a label is not seen by `changes()`; that of a number is. */
export const settings = defineCollector({
  name: 'settings',
  tier: 'medium',
  metrics: {
    ...metrics,
    pg_settings_pending_restart_count: gauge(
      'Settings that were changed and wait for a restart; absent for a role without pg_read_all_settings.',
    ),
    pg_settings_hash: gauge(
      'A number that changes whenever a setting other than its default changes; absent for a role without pg_read_all_settings.',
    ),
  },
  async collect(connection, _facts, emit) {
    const rows = await connection.rows<Row>(SQL)
    const about = (kind: string) => {
      const value = rows.find(({ name, unit }) => name === '' && unit === kind)?.value
      return value === null || value === undefined ? null : Number(value)
    }
    emit('pg_settings_pending_restart_count', about('pending'))
    emit('pg_settings_hash', about('hash'))
    for (const { setting, metric } of ENTRIES) {
      const row = rows.find(({ name }) => name === setting)
      emit(metric, row ? numberOf(row) : null)
    }
  },
})

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
  ms: 0.001,
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
}

/** A value in bytes or seconds; a unit is a factor and its name (`8kB`). */
function numberOf({ name, value, unit }: Row): number | null {
  if (value === 'on') return 1
  if (value === 'off') return 0
  const number = Number(value ?? Number.NaN)
  if (Number.isNaN(number)) return null
  if (unit === null || unit === '' || number === -1) return number
  const [, count = '', base = ''] = /^(\d*)([A-Za-z]+)$/.exec(unit) ?? []
  const factor = UNITS[base]
  if (factor === undefined) throw new Error(`unknown unit of ${name}: ${unit}`)
  return (number * Number(count || 1) * factor * 1000) / 1000
}
