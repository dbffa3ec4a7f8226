import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** What has to be there, told from the configuration alone: it is there also when everything that is expected is gone. */
export const expectations = defineCollector({
  name: 'expectations',
  metrics: {
    howdah_backup_expected: gauge('Backups there have to be, by configuration; the value is always 1.', [
      'cluster',
      'type',
    ]),
    howdah_backup_max_age_seconds: gauge('How old the newest good backup may be, by configuration.', [
      'cluster',
      'type',
    ]),
    howdah_backup_retention_required_seconds: gauge('How long backups have to be kept, by configuration.', [
      'cluster',
    ]),
    howdah_dr_drill_target_rto_seconds: gauge('How long a recovery may take, by configuration.', [
      'scenario',
    ]),
    howdah_dr_drill_target_rpo_seconds: gauge('How much a recovery may lose, by configuration.', [
      'scenario',
    ]),
  },
  async collect(connection, { expectations }, emit) {
    if (!expectations) return
    const { database } = connection.target
    // One without a cluster and one with the name of this database are the same; the one that has it is meant.
    const named = <T extends { readonly cluster: string | undefined }>(all: readonly T[]) =>
      [...all].sort((a, b) => Number(b.cluster !== undefined) - Number(a.cluster !== undefined))
    const seen = new Set<string>()
    const isNew = (...key: readonly string[]) => {
      const before = seen.size
      return seen.add(JSON.stringify(key)).size > before
    }
    for (const { cluster = database, type, maxAgeSeconds } of named(expectations.backups)) {
      if (!isNew(cluster, type)) continue
      emit('howdah_backup_expected', 1, { cluster, type })
      emit('howdah_backup_max_age_seconds', maxAgeSeconds, { cluster, type })
    }
    for (const { cluster = database, seconds } of named(expectations.retentions))
      if (isNew(cluster)) emit('howdah_backup_retention_required_seconds', seconds, { cluster })
    for (const { scenario, rtoSeconds, rpoSeconds } of expectations.drills) {
      emit('howdah_dr_drill_target_rto_seconds', rtoSeconds, { scenario })
      emit('howdah_dr_drill_target_rpo_seconds', rpoSeconds, { scenario })
    }
  },
})
