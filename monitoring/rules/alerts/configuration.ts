import { max, over, promql, series } from '../expression.ts'
import type { Alert } from '../rule.ts'
import type { Thresholds } from '../thresholds.ts'

const EXTENSION = { datname: 'app', extname: 'pg_stat_statements' }
const extension = (outdated: 0 | 1) => ({
  series: { 'pg_extension_update_available{datname="app",extname="pg_stat_statements"}': outdated },
})

/** What was changed about the server, and what waits to be. None of it has a limit. */
export const configuration = (_thresholds: Thresholds): readonly Alert[] => [
  {
    name: 'PgSettingsPendingRestart',
    expression: promql`${max(series('pg_settings_pending_restart_count'))} > 0`,
    for: '1h',
    severity: 'warning',
    summary: 'Settings of {{ $labels.instance }} wait for a restart.',
    description:
      '{{ $value }} of them: the server runs with the old values, and the next restart, planned or not, brings the new ones. SELECT name FROM pg_settings WHERE pending_restart names them.',
    proof: {
      fires: { series: { pg_settings_pending_restart_count: 1 } },
      silent: [{ series: { pg_settings_pending_restart_count: 0 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgConfigChanged',
    expression: promql`${max(promql`changes(${over(series('pg_settings_hash'), '15m')})`)} > 0`,
    for: '0s',
    severity: 'info',
    summary: 'The configuration of {{ $labels.instance }} has changed.',
    description:
      '{{ $value }} times in 15 minutes. SELECT name, setting, source, sourcefile FROM pg_settings tells what holds now, `pg_settings_*` on the page of metrics what held before.',
    proof: {
      fires: { series: { pg_settings_hash: '188356640193982x9 188356640193983x20' }, at: '4m' },
      silent: [
        { series: { pg_settings_hash: '188356640193982x30' }, at: '4m' },
        // Once the change has left the window.
        { series: { pg_settings_hash: '1x9 2x200' }, at: '20m' },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgExtensionUpdateAvailable',
    expression: promql`${max(series('pg_extension_update_available'), 'datname', 'extname')} == 1`,
    for: '24h',
    severity: 'info',
    summary:
      'The extension {{ $labels.extname }} of {{ $labels.datname }} is not at the version of its server.',
    description:
      'An upgrade of {{ $labels.instance }} leaves extensions as they were. ALTER EXTENSION ... UPDATE, as a migration.',
    proof: {
      fires: { ...extension(1), labels: EXTENSION },
      silent: [extension(0)],
      noData: 'silent',
    },
  },
]
