import {
  type BackupStatistics,
  readBackupStatistics,
  readVerificationStatistics,
  VERIFICATION_OUTCOMES,
} from '../../ledger/backup-statistics.ts'
import { knownLedgerVersion, RECORDS_SINCE } from '../../ledger/ledger-schema.ts'
import { readLost } from '../../ledger/record-liveness.ts'
import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

const KIND = ['cluster', 'type'] as const

/** Backups and their verification as our ledger has them: restarts of this process lose nothing. */
export const backups = defineCollector({
  name: 'backups',
  metrics: {
    howdah_backup_attempts_total: counter('Backups that were begun.', KIND),
    howdah_backup_failures_total: counter(
      'Backups that failed; one that was killed from the next beginning on.',
      KIND,
    ),
    howdah_backup_running: gauge('Backups under way: begun, and their session alive.', KIND),
    howdah_backup_last_status: gauge(
      '1 when the newest backup that is not under way succeeded, 0 when it failed or was killed.',
      KIND,
    ),
    howdah_backup_last_attempt_timestamp_seconds: gauge('When a backup last began, as Unix time.', KIND),
    howdah_backup_last_success_timestamp_seconds: gauge(
      'When the newest good backup that is still there ended, as Unix time.',
      KIND,
    ),
    howdah_backup_last_duration_seconds: gauge('How long the newest good backup took.', KIND),
    howdah_backup_last_size_bytes: gauge('Size of the newest good backup.', KIND),
    howdah_backup_count: gauge('Good backups that are still there.', ['cluster']),
    howdah_backup_retention_seconds: gauge(
      'How long the newest good backup will be kept; of the type that is kept longest.',
      ['cluster'],
    ),
    howdah_backup_verifications_total: counter(
      'Backups restored and compared, by outcome (passed, failed, unverifiable, lost).',
      ['cluster', 'type', 'outcome'],
    ),
    howdah_backup_verify_status: gauge(
      '1 when the newest verification that is not under way passed; 0 also when it could not be tried, or was killed.',
      KIND,
    ),
    howdah_backup_last_verified_timestamp_seconds: gauge(
      'When a verification last passed, as Unix time.',
      KIND,
    ),
    howdah_backup_last_verified_taken_timestamp_seconds: gauge(
      'The moment whose data the backup has whose verification last passed, as Unix time.',
      KIND,
    ),
  },
  async collect(connection, { inRecovery, expectations }, emit) {
    if ((await knownLedgerVersion(connection)) < RECORDS_SINCE) return
    // Advisory locks are the primary's: on a replica nobody can tell who was killed.
    const lost = inRecovery ? [] : await readLost(connection, 'backup')
    const kinds = await readBackupStatistics(connection, lost)
    for (const { cluster, type, ...found } of kinds) {
      const labels = { cluster, type }
      emit('howdah_backup_attempts_total', found.attempts, labels)
      emit('howdah_backup_failures_total', found.failures, labels)
      if (!inRecovery) emit('howdah_backup_running', found.running, labels)
      emit('howdah_backup_last_status', flag(found.lastSucceeded), labels)
      emit('howdah_backup_last_attempt_timestamp_seconds', found.lastAttemptAt, labels)
      emit('howdah_backup_last_success_timestamp_seconds', found.lastSuccessAt, labels)
      emit('howdah_backup_last_duration_seconds', found.lastDurationSeconds, labels)
      emit('howdah_backup_last_size_bytes', found.lastSizeBytes, labels)
    }
    const clusters = Map.groupBy(kinds, ({ cluster }) => cluster)
    for (const [cluster, types] of clusters) {
      const most = (pick: (kind: BackupStatistics) => number | null) => greatest(types.map(pick))
      const kept = types.reduce((sum, kind) => sum + kind.kept, 0)
      emit('howdah_backup_count', kept, { cluster })
      emit(
        'howdah_backup_retention_seconds',
        most(kind => kind.retentionSeconds),
        { cluster },
      )
    }

    const lostVerifications = inRecovery ? [] : await readLost(connection, 'backup_verification')
    const verified = await readVerificationStatistics(connection, lostVerifications)
    for (const { cluster, type, ...found } of verified) {
      const labels = { cluster, type }
      emit('howdah_backup_verify_status', flag(found.lastPassed), labels)
      emit('howdah_backup_last_verified_timestamp_seconds', found.lastPassedAt, labels)
      emit('howdah_backup_last_verified_taken_timestamp_seconds', found.lastPassedTakenAt, labels)
      for (const outcome of VERIFICATION_OUTCOMES)
        emit('howdah_backup_verifications_total', found.outcomes[outcome] ?? 0, { cluster, type, outcome })
    }

    // Counters of what is expected are there before the first event, which is an increase then and not a new series.
    const { database } = connection.target
    const key = (cluster: string, type: string) => JSON.stringify([cluster, type])
    const attempted = new Set(kinds.map(({ cluster, type }) => key(cluster, type)))
    const tried = new Set(verified.map(({ cluster, type }) => key(cluster, type)))
    const expected = new Map(
      expectations?.backups.map(({ cluster = database, type }) => [key(cluster, type), { cluster, type }]),
    )
    for (const [kind, labels] of expected) {
      if (!attempted.has(kind)) {
        emit('howdah_backup_attempts_total', 0, labels)
        emit('howdah_backup_failures_total', 0, labels)
      }
      if (tried.has(kind)) continue
      for (const outcome of VERIFICATION_OUTCOMES)
        emit('howdah_backup_verifications_total', 0, { ...labels, outcome })
    }
  },
})

const flag = (value: boolean | null) => (value === null ? null : Number(value))

function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null)
  return known.length > 0 ? Math.max(...known) : null
}
