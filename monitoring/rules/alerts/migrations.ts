import { exactIncrease, max, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import type { Thresholds } from '../thresholds.ts'

const APP = { labels: { datname: 'app' } }

const retries = (values: string): Case => ({
  series: { 'howdah_migration_lock_wait_retries_total{datname="app"}': values },
  at: '9m',
})

const blocking = (migration: 0 | 1, seconds: number): Case => ({
  series: { pg_blocking_migration: migration, pg_locks_max_wait_seconds: seconds },
})

/** Prisma's history, and deploys under way. */
export const migrations = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgMigrationFailed',
    expression: promql`${max(series('howdah_migrations_failed'), 'datname')} > 0`,
    for: '0s',
    severity: 'critical',
    summary: 'A migration of {{ $labels.datname }} has failed.',
    description:
      'Failed at {{ $labels.instance }}: {{ $value }}. `howdah migrate status` names it and what to do; `howdah migrate deploy` goes on where that is safe, `howdah migrate repair` finds out how far it came.',
    proof: {
      fires: { series: { 'howdah_migrations_failed{datname="app"}': 1 }, ...APP },
      silent: [{ series: { 'howdah_migrations_failed{datname="app"}': 0 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgMigrationPendingLong',
    expression: promql`${max(series('howdah_migrations_pending'), 'datname')} > 0`,
    for: '1h',
    severity: 'warning',
    summary: 'Migrations of {{ $labels.datname }} wait to be applied.',
    description:
      'For an hour the runner at {{ $labels.instance }} has had {{ $value }} that the database does not have. `howdah migrate plan` tells what they would do.',
    proof: {
      fires: { series: { 'howdah_migrations_pending{datname="app"}': 1 }, ...APP },
      silent: [
        { series: { 'howdah_migrations_pending{datname="app"}': 0 } },
        { series: { 'howdah_migrations_pending{datname="app"}': '1x200 0x400' } },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgMigrationBlocking',
    expression: promql`${max(series('pg_blocking_migration'))} == 1 and on (job, instance) ${max(series('pg_locks_max_wait_seconds'))} > ${t.migrationBlockingSeconds}`,
    for: '15s',
    severity: 'critical',
    summary: 'A migration blocks sessions of {{ $labels.instance }}, or is blocked.',
    description: `Somebody has waited for a lock for more than ${t.migrationBlockingSeconds.value} s. Interrupt the deploy (it rolls back cleanly), or end the session it waits for; its log names both.`,
    proof: {
      fires: blocking(1, 6),
      silent: [blocking(1, 5), blocking(0, 60), { series: { pg_blocking_migration: 1 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgMigrationLockRetries',
    expression: promql`${sum(exactIncrease(series('howdah_migration_lock_wait_retries_total'), '15m'), 'datname')} > ${t.migrationLockRetries}`,
    for: '0s',
    severity: 'warning',
    summary: 'A migration of {{ $labels.datname }} does not get its locks.',
    description:
      '{{ $value }} attempts in 15 minutes at {{ $labels.instance }} had to be repeated. The event migration.lock-wait in the log of the deploy names who holds the lock.',
    proof: {
      fires: { ...retries('2x19 8x20'), ...APP },
      silent: [retries('2x19 7x20')],
      noData: 'silent',
    },
  },
  {
    name: 'PgSchemaDrift',
    expression: promql`${sum(series('howdah_schema_drift'), 'datname')} > 0`,
    for: '10m',
    severity: 'warning',
    summary: 'The schema of {{ $labels.datname }} was changed by hand.',
    description:
      'Objects that are not as the last deploy left them ({{ $labels.instance }}): {{ $value }}. The next deploy refuses. `howdah migrate verify` names them; undo the change, or bring it into the history with a new migration.',
    proof: {
      fires: {
        series: {
          'howdah_schema_drift{datname="app",kind="missing"}': 1,
          'howdah_schema_drift{datname="app",kind="extra"}': 0,
        },
        ...APP,
      },
      silent: [{ series: { 'howdah_schema_drift{datname="app",kind="changed"}': 0 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgMigrationChecksumMismatch',
    expression: promql`${max(series('howdah_migration_checksum_mismatch'), 'datname')} > 0`,
    for: '10m',
    severity: 'critical',
    summary: 'Applied migrations of {{ $labels.datname }} were edited.',
    description:
      'Files at {{ $labels.instance }} that differ from what ran: {{ $value }}. The next deploy refuses. Put the text back, or let `howdah migrate repair` prove that the edit changed nothing.',
    proof: {
      fires: { series: { 'howdah_migration_checksum_mismatch{datname="app"}': 1 }, ...APP },
      silent: [{ series: { 'howdah_migration_checksum_mismatch{datname="app"}': 0 } }],
      noData: 'silent',
    },
  },
]
