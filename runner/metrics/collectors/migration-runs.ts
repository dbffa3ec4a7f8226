import { knownLedgerVersion } from '../../ledger/ledger-schema.ts'
import { type LastRun, readRunStatistics } from '../../ledger/run-statistics.ts'
import type { RunOutcome } from '../../ledger/runs.ts'
import { type RunLockHolder, readRunLockHolder } from '../../postgres/run-lock-holder.ts'
import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

const OUTCOMES: readonly RunOutcome[] = ['done', 'failed', 'interrupted']

/** Its series exist from the ledger's first day, so that the first failure is an increase and not a new series. */
const DEPLOY = 'migrate deploy'

/**
 * Runs as our ledger has them, and the one under way. A run is on record from its first change to the database on; one that
 * found nothing to do leaves no trace.
 */
export const migrationRuns = defineCollector({
  name: 'migration-runs',
  scope: 'database',
  metrics: {
    howdah_ledger_version: gauge('Version of our schema in the database; 0 before the first deploy.', [
      'datname',
    ]),
    howdah_migration_runs_total: counter(
      'Runs that ended, by verb and outcome (done, failed, interrupted).',
      ['datname', 'verb', 'outcome'],
    ),
    howdah_migration_runs_killed: gauge('Runs that ended without an outcome: killed, or cut off.', [
      'datname',
    ]),
    howdah_migration_running: gauge(
      '1 while a run is under way: it has no outcome and its session the run lock.',
      ['datname'],
    ),
    howdah_migration_running_seconds: gauge('How long the run under way has taken so far; 0 without one.', [
      'datname',
    ]),
    howdah_migration_blockers: gauge('Sessions that the run under way waits for at this moment.', [
      'datname',
    ]),
    howdah_migration_blocked_by_count: gauge('The same as howdah_migration_blockers, under its other name.', [
      'datname',
    ]),
    howdah_advisory_lock_held_seconds: gauge(
      "Age of the session that holds Prisma's migration lock, of whatever tool; 0 while nobody does.",
      ['datname'],
    ),
    howdah_migration_last_run_success: gauge(
      '1 when the last run was done, 0 when it failed or was cut off; absent while it is under way.',
      ['datname', 'verb'],
    ),
    howdah_migration_last_run_started_timestamp_seconds: gauge('When the last run began, as Unix time.', [
      'datname',
      'verb',
    ]),
    howdah_migration_last_run_finished_timestamp_seconds: gauge(
      'When the last run ended, as Unix time; absent while it has not, and after a kill.',
      ['datname', 'verb'],
    ),
    howdah_migration_last_run_duration_seconds: gauge(
      'How long the last run took; absent while it has not ended.',
      ['datname', 'verb'],
    ),
    howdah_migration_gates_let_through_total: counter('Runs that let a gate through with --allow, by gate.', [
      'datname',
      'gate',
    ]),
  },
  async collect(connection, { inRecovery }, emit) {
    const datname = connection.target.database
    // Advisory locks are the primary's: of a replica nobody can tell.
    const holder = inRecovery ? undefined : await readRunLockHolder(connection)
    const version = await knownLedgerVersion(connection)
    emit('howdah_ledger_version', version, { datname })
    if (!inRecovery)
      emit('howdah_advisory_lock_held_seconds', holder ? holder.connectedSeconds : 0, { datname })
    if (version === 0) return
    const { counts, last, gates } = await readRunStatistics(connection, version)
    const ended = new Map(OUTCOMES.map(outcome => [JSON.stringify([DEPLOY, outcome]), 0]))
    let open = 0
    for (const { verb, outcome, runs } of counts) {
      if (outcome === null) open += runs
      else ended.set(JSON.stringify([verb, outcome]), runs)
    }
    for (const [key, runs] of ended) {
      const [verb, outcome] = JSON.parse(key) as [string, string]
      emit('howdah_migration_runs_total', runs, { datname, verb, outcome })
    }
    for (const { gate, runs } of gates)
      emit('howdah_migration_gates_let_through_total', runs, { datname, gate })
    const running = isRunning(last[0], holder)
    if (!inRecovery) {
      emit('howdah_migration_running', running ? 1 : 0, { datname })
      emit('howdah_migration_running_seconds', running ? (last[0]?.ageSeconds ?? 0) : 0, { datname })
      const blockers = running ? (holder?.blockers ?? 0) : 0
      emit('howdah_migration_blockers', blockers, { datname })
      emit('howdah_migration_blocked_by_count', blockers, { datname })
      emit('howdah_migration_runs_killed', open - (running ? 1 : 0), { datname })
    }
    for (const [index, { verb, startedAt, finishedAt, outcome }] of last.entries()) {
      const labels = { datname, verb }
      const duration = finishedAt === null ? null : finishedAt - startedAt
      const undecided = outcome === null && (inRecovery || (index === 0 && running))
      emit('howdah_migration_last_run_started_timestamp_seconds', startedAt, labels)
      emit('howdah_migration_last_run_finished_timestamp_seconds', finishedAt, labels)
      emit('howdah_migration_last_run_duration_seconds', duration, labels)
      emit('howdah_migration_last_run_success', undecided ? null : outcome === 'done' ? 1 : 0, labels)
    }
  },
})

/**
 * The newest run has no outcome, and the run lock is held by a session of its verb. A session says which verb it is of in its
 * application name, which every role may see.
 */
function isRunning(last: LastRun | undefined, holder: RunLockHolder | undefined): boolean {
  return last !== undefined && last.outcome === null && holder?.application === `howdah/${last.verb}`
}
