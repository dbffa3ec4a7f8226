import { plural } from '../../../core/units.ts'
import { ALERT_LIMITS } from '../../alert-limits.ts'
import { above, type ConditionRule } from '../condition.ts'
import { inWords } from '../wording.ts'

/** Prisma's history, and deploys under way. */
export const MIGRATION_CONDITIONS: readonly ConditionRule[] = [
  above({
    alert: 'PgMigrationFailed',
    severity: 'critical',
    metric: 'howdah_migrations_failed',
    by: ['datname'],
    above: 0,
    say: count => `${plural(count, 'migration')} failed. \`howdah migrate status\` says what to do.`,
  }),
  above({
    alert: 'PgMigrationChecksumMismatch',
    severity: 'critical',
    metric: 'howdah_migration_checksum_mismatch',
    by: ['datname'],
    above: 0,
    say: count => `${plural(count, 'migration')} changed after having been applied; the next deploy refuses.`,
  }),
  {
    alert: 'PgMigrationBlocking',
    severity: 'critical',
    reads: ['pg_blocking_migration', 'pg_locks_max_wait_seconds'],
    always: ['pg_blocking_migration', 'pg_locks_max_wait_seconds'],
    find: readings => {
      const seconds = readings.max('pg_locks_max_wait_seconds') ?? 0
      const holds =
        readings.max('pg_blocking_migration') === 1 && seconds > ALERT_LIMITS.migrationBlockingSeconds
      return holds
        ? [{ sentence: `A migration makes sessions wait, the longest wait is ${inWords(seconds)}.` }]
        : []
    },
  },
  above({
    alert: 'PgMigrationPendingLong',
    severity: 'warning',
    metric: 'howdah_migrations_pending',
    by: ['datname'],
    above: 0,
    say: count => `${plural(count, 'migration')} on disk ${count === 1 ? 'waits' : 'wait'} to be applied.`,
  }),
  above({
    alert: 'PgSchemaDrift',
    severity: 'warning',
    metric: 'howdah_schema_drift',
    by: ['datname'],
    above: 0,
    say: () => 'The schema is not as the last deploy left it. `howdah migrate verify` says where.',
  }),
]
