import { max, over, promql } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { line, named, table, timeSeries } from './panel.ts'
import { selected } from './query.ts'

/** What somebody changed, and what is not yet in force. */
export const settingsRow = (): Row => ({
  title: 'Configuration',
  panels: [
    timeSeries({
      title: 'Changes of settings, within 15 minutes',
      description:
        'Of any setting that is not its default. Needs pg_read_all_settings, which pg_monitor brings.',
      unit: 'count',
      lines: [
        {
          expression: max(promql`changes(${over(selected('pg_settings_hash'), '15m')})`),
          legend: '{{instance}}',
        },
      ],
      limits: [{ alert: 'PgConfigChanged', at: 0 }],
      width: 8,
    }),
    timeSeries({
      title: 'Settings that wait for a restart',
      description: 'The server runs with the old values, and nobody has seen it start with the new ones.',
      unit: 'count',
      lines: [line('pg_settings_pending_restart_count')],
      limits: [{ alert: 'PgSettingsPendingRestart', at: 0 }],
      width: 8,
    }),
    timeSeries({
      title: 'Clients, encrypted and not',
      description: 'Sessions over TLS (true) and without.',
      unit: 'count',
      lines: [line('pg_stat_ssl_connections', 'ssl')],
      stacked: true,
      width: 8,
    }),
    timeSeries({
      title: 'What keeps data safe is on',
      description: 'Without fsync or full_page_writes a crash may damage what was written.',
      unit: 'onOff',
      lines: (['fsync', 'full_page_writes', 'data_checksums', 'autovacuum'] as const).map(setting =>
        named(setting, line(`pg_settings_${setting}`)),
      ),
      most: 1,
    }),
    table({
      title: 'Extensions with an update',
      description: 'An upgrade of the server leaves them as they were.',
      labels: ['instance', 'datname', 'extname'],
      columns: [
        {
          title: 'Update available',
          unit: 'yesNo',
          expression: max(selected('pg_extension_update_available'), 'datname', 'extname'),
          limits: [{ alert: 'PgExtensionUpdateAvailable', at: 1 }],
        },
      ],
      sortedBy: 'Update available',
      width: 12,
    }),
  ],
})
