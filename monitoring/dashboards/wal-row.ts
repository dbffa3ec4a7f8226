import { exactIncrease, max, sum } from '../rules/expression.ts'
import { CHECKPOINTS_REQUESTED_RATIO } from '../rules/recordings.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, line, named, timeSeries } from './panel.ts'
import { perSecond, recorded, selected } from './query.ts'

/** The log, from the first write to its archive. */
export const walRow = (): Row => ({
  title: 'WAL and checkpoints',
  panels: [
    timeSeries({
      title: 'WAL',
      description: 'Written by all statements together; what replicas and backups have to carry.',
      unit: 'bytesPerSecond',
      lines: [{ expression: sum(perSecond(selected('pg_stat_wal_bytes_total'))), legend: '{{instance}}' }],
    }),
    timeSeries({
      title: 'WAL on disk',
      description:
        'Well above max_wal_size something keeps it: an archive that fails, or a slot that nobody reads.',
      unit: 'bytes',
      lines: [
        named('on disk', line('pg_wal_size_bytes')),
        named('max_wal_size', line('pg_settings_max_wal_size_bytes')),
      ],
      limits: [{ alert: 'PgArchiveFailing' }, { alert: 'PgSlotRetentionHigh' }],
    }),
    timeSeries({
      title: 'WAL files that wait for the archive',
      description: 'They stay until archive_command succeeds, and no backup reaches beyond them.',
      unit: 'count',
      lines: [line('pg_wal_archive_ready_count')],
      limits: [{ alert: 'PgArchiveFailing', at: 'archiveReady' }],
      width: 8,
    }),
    timeSeries({
      title: 'Attempts to archive that failed, within ten minutes',
      description: 'One may be a network. The log of the server has what archive_command said.',
      unit: 'count',
      lines: [
        {
          expression: max(exactIncrease(selected('pg_stat_archiver_failed_count'), '10m')),
          legend: '{{instance}}',
        },
      ],
      limits: [{ alert: 'PgArchiveFailing', at: 0 }],
      width: 8,
    }),
    timeSeries({
      title: 'Since the last file was archived',
      description: 'At most archive_timeout, where something is written. Absent without an archive.',
      unit: 'seconds',
      lines: [line('pg_stat_archiver_last_archive_age')],
      limits: [{ alert: 'PgArchiveFailing' }],
      width: 8,
    }),
    timeSeries({
      title: 'Checkpoints that came early',
      description: 'Share of those begun because max_wal_size was reached, and not by the clock.',
      unit: 'ratio',
      lines: [{ expression: recorded(CHECKPOINTS_REQUESTED_RATIO), legend: '{{instance}}' }],
      limits: [{ alert: 'PgCheckpointsRequested', at: 'checkpointsRequested' }],
      most: 1,
    }),
    timeSeries({
      title: 'Time in checkpoints',
      description: 'Seconds in each second. Writing is spread out on purpose; syncing hurts everybody.',
      unit: 'secondsPerSecond',
      lines: (
        [
          ['writing', 'pg_checkpoint_write_seconds_total'],
          ['syncing', 'pg_checkpoint_sync_seconds_total'],
        ] as const
      ).map(([name, metric]) => ({
        expression: sum(perSecond(selected(metric))),
        legend: `${name} {{instance}}`,
      })),
    }),
    timeSeries({
      title: 'Read into the caches of transaction states',
      description:
        'SLRU pages that were not in memory. Many of subtransaction: sessions with more than 64 savepoints, and everybody waits.',
      unit: 'perSecond',
      lines: [
        {
          expression: sum(perSecond(selected('pg_stat_slru_blks_read_total')), 'name'),
          legend: legendOf(['name']),
        },
      ],
    }),
    timeSeries({
      title: 'Found in the caches of transaction states',
      description: 'SLRU pages that were in memory.',
      unit: 'perSecond',
      lines: [
        {
          expression: sum(perSecond(selected('pg_stat_slru_blks_hit_total')), 'name'),
          legend: legendOf(['name']),
        },
      ],
    }),
  ],
})
