import { knownLedgerVersion } from '../../ledger/ledger-schema.ts'
import { readRepeatableStatistics } from '../../ledger/repeatables.ts'
import { readStepStatistics } from '../../ledger/step-statistics.ts'
import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

/** What the steps of all runs add up to, as our ledger has them: restarts of this process lose nothing. */
export const migrationSteps = defineCollector({
  name: 'migration-steps',
  scope: 'database',
  metrics: {
    howdah_migration_steps: gauge('Steps on record by state: applied, failed, started, undone.', [
      'datname',
      'state',
    ]),
    howdah_migration_attempts_total: counter('Attempts at steps.', ['datname']),
    howdah_migration_lock_wait_retries_total: counter('Attempts at steps beyond the first.', ['datname']),
    howdah_migration_lock_wait_seconds_total: counter('Time steps spent waiting for table locks.', [
      'datname',
    ]),
    howdah_migration_lock_timeouts_total: counter('Steps that gave up waiting for a table lock.', [
      'datname',
    ]),
    howdah_migration_blockers_seen_total: counter('Sessions seen holding up a step.', ['datname']),
    howdah_migration_failures_total: counter(
      'Steps the server refused, by the first two characters of SQLSTATE.',
      ['datname', 'sqlstate_class'],
    ),
    howdah_migration_rows_affected_total: counter('Rows that recorded statements touched.', ['datname']),
    howdah_migration_last_applied_timestamp_seconds: gauge('When a step last took effect, as Unix time.', [
      'datname',
    ]),
    howdah_migration_last_duration_seconds: gauge(
      'How long the migration took that last took effect, in its newest run.',
      ['datname', 'migration_name'],
    ),
    howdah_migration_last_failure_timestamp_seconds: gauge(
      'When the server last refused a step, as Unix time.',
      ['datname'],
    ),
    howdah_migration_last_failure_info: gauge(
      'The migration whose step the server last refused, and its SQLSTATE; the value is always 1.',
      ['datname', 'migration', 'sqlstate'],
    ),
    howdah_migration_last_run_slowest_step_seconds: gauge(
      'The longest step of the newest run, waits for locks included.',
      ['datname'],
    ),
    howdah_migration_repeatables: gauge('Repeatables that were applied.', ['datname']),
    howdah_migration_repeatables_last_applied_timestamp_seconds: gauge(
      'When a repeatable was last applied, as Unix time.',
      ['datname'],
    ),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    const version = await knownLedgerVersion(connection)
    if (version === 0) return
    const steps = await readStepStatistics(connection, version)
    for (const state of ['applied', 'failed', 'started', 'undone'] as const)
      emit('howdah_migration_steps', steps[state], { datname, state })
    emit('howdah_migration_attempts_total', steps.attempts, { datname })
    emit('howdah_migration_lock_wait_retries_total', steps.retries, { datname })
    emit('howdah_migration_lock_wait_seconds_total', steps.lockWaitSeconds, { datname })
    emit('howdah_migration_lock_timeouts_total', steps.lockTimeouts, { datname })
    emit('howdah_migration_blockers_seen_total', steps.blockers, { datname })
    emit('howdah_migration_rows_affected_total', steps.rowsAffected, { datname })
    emit('howdah_migration_last_applied_timestamp_seconds', steps.lastAppliedAt, { datname })
    emit('howdah_migration_last_run_slowest_step_seconds', steps.slowestOfLastRunSeconds, { datname })
    for (const { sqlstateClass, steps: count } of steps.failures)
      emit('howdah_migration_failures_total', count, { datname, sqlstate_class: sqlstateClass })
    if (steps.lastFailure) {
      const { migration, sqlstate, at } = steps.lastFailure
      emit('howdah_migration_last_failure_timestamp_seconds', at, { datname })
      emit('howdah_migration_last_failure_info', 1, { datname, migration, sqlstate: sqlstate ?? '' })
    }
    if (steps.lastMigration) {
      const { migration: migration_name, durationSeconds } = steps.lastMigration
      emit('howdah_migration_last_duration_seconds', durationSeconds, { datname, migration_name })
    }
    if (version < 2) return
    const repeatables = await readRepeatableStatistics(connection)
    emit('howdah_migration_repeatables', repeatables.count, { datname })
    emit('howdah_migration_repeatables_last_applied_timestamp_seconds', repeatables.lastAppliedAt, {
      datname,
    })
  },
})
