import { exactIncrease, max, promql, type SeriesName, sum } from '../rules/expression.ts'
import { backfillRow } from './backfill-row.ts'
import { backupRow } from './backup-row.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { drillRow } from './drill-row.ts'
import { legendOf, line, named, stat, table, timeSeries } from './panel.ts'
import { moment, perSecond, risen, selected } from './query.ts'

const counted = (metric: SeriesName) => sum(selected(metric), 'datname')
const DATNAME = legendOf(['datname'])

export const migrations = (): Dashboard => ({
  uid: 'howdah-migrations',
  title: 'Migrations, backups and drills',
  description: "Prisma's history and our record of every deploy; what was backed up, verified and rehearsed.",
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Applied',
          description: 'Migrations the database has.',
          unit: 'count',
          lines: [{ expression: counted('howdah_migrations_applied'), legend: DATNAME }],
        }),
        stat({
          title: 'Pending',
          description: 'On disk and not in the database; `howdah migrate plan` tells what they would do.',
          unit: 'count',
          lines: [{ expression: counted('howdah_migrations_pending'), legend: DATNAME }],
          limits: [{ alert: 'PgMigrationPendingLong', at: 0 }],
        }),
        stat({
          title: 'Failed',
          description: 'And not resolved; `howdah migrate status` names them and what to do.',
          unit: 'count',
          lines: [{ expression: counted('howdah_migrations_failed'), legend: DATNAME }],
          limits: [{ alert: 'PgMigrationFailed', at: 0 }],
        }),
        stat({
          title: 'Edited after they ran',
          description: 'The file differs from what was applied; the next deploy refuses.',
          unit: 'count',
          lines: [{ expression: counted('howdah_migration_checksum_mismatch'), legend: DATNAME }],
          limits: [{ alert: 'PgMigrationChecksumMismatch', at: 0 }],
        }),
        stat({
          title: 'Changed by hand',
          description:
            'Tables, indexes and the like that are not as the last deploy left them; `howdah migrate verify` names them.',
          unit: 'count',
          lines: [{ expression: counted('howdah_schema_drift'), legend: DATNAME }],
          limits: [{ alert: 'PgSchemaDrift', at: 0 }],
        }),
        stat({
          title: 'Last took effect',
          description: 'When a step of a migration last did.',
          unit: 'moment',
          lines: [
            {
              expression: moment(max(selected('howdah_migration_last_applied_timestamp_seconds'), 'datname')),
              legend: DATNAME,
            },
          ],
        }),
        stat({
          title: 'Under way',
          description: 'A run that has no outcome yet and holds the run lock.',
          unit: 'yesNo',
          lines: [line('howdah_migration_running', 'datname')],
        }),
      ],
    },
    {
      title: 'Runs',
      panels: [
        timeSeries({
          title: 'Run under way',
          description: 'How long it has taken so far, and for how long somebody has held the migration lock.',
          unit: 'seconds',
          lines: [
            named('run', line('howdah_migration_running_seconds', 'datname')),
            named('lock held', line('howdah_advisory_lock_held_seconds', 'datname')),
          ],
        }),
        timeSeries({
          title: 'Sessions in the way of a migration',
          description: 'Those the run waits for at this moment. Its log names them.',
          unit: 'count',
          lines: [line('howdah_migration_blockers', 'datname')],
          limits: [{ alert: 'PgMigrationBlocking' }],
        }),
        timeSeries({
          title: 'Attempts repeated for want of a lock, within 15 minutes',
          description:
            'Each attempt is brief, so that nobody queues behind a migration; many mean a session that stays.',
          unit: 'count',
          lines: [
            {
              expression: sum(
                exactIncrease(selected('howdah_migration_lock_wait_retries_total'), '15m'),
                'datname',
              ),
              legend: DATNAME,
            },
          ],
          limits: [{ alert: 'PgMigrationLockRetries', at: 'migrationLockRetries' }],
        }),
        timeSeries({
          title: 'Time spent waiting for table locks',
          description: 'Seconds in each second, by steps of migrations.',
          unit: 'secondsPerSecond',
          lines: [
            {
              expression: sum(perSecond(selected('howdah_migration_lock_wait_seconds_total')), 'datname'),
              legend: DATNAME,
            },
          ],
        }),
        table({
          title: 'Last runs',
          description: 'The newest of each verb. One that was killed has no end and no duration.',
          labels: ['instance', 'datname', 'verb'],
          columns: [
            {
              title: 'Began',
              unit: 'moment',
              expression: moment(
                max(selected('howdah_migration_last_run_started_timestamp_seconds'), 'datname', 'verb'),
              ),
            },
            {
              title: 'Took',
              unit: 'seconds',
              expression: max(selected('howdah_migration_last_run_duration_seconds'), 'datname', 'verb'),
            },
            {
              title: 'Done',
              unit: 'yesNo',
              expression: max(selected('howdah_migration_last_run_success'), 'datname', 'verb'),
            },
          ],
          sortedBy: 'Began',
          width: 12,
        }),
        table({
          title: 'Runs within the time shown',
          description: 'By outcome. What was killed is told by the next run.',
          labels: ['instance', 'datname', 'verb', 'outcome'],
          columns: [
            {
              title: 'Runs',
              unit: 'count',
              expression: promql`round(${sum(risen(selected('howdah_migration_runs_total')), 'datname', 'verb', 'outcome')})`,
            },
          ],
          sortedBy: 'Runs',
          width: 12,
        }),
      ],
    },
    backfillRow(),
    backupRow(),
    drillRow(),
  ],
})
