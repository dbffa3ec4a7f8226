import { countMigrations } from '../../migrate/counts.ts'
import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** The files on disk against the history in the database. */
export const migrations = defineCollector({
  name: 'migrations',
  scope: 'database',
  metrics: {
    howdah_migrations_applied: gauge('Migrations applied to the database.', ['datname']),
    howdah_migrations_pending: gauge('Migrations on disk that the database does not have yet.', ['datname']),
    howdah_migrations_failed: gauge('Migrations that failed and were not resolved.', ['datname']),
    howdah_migrations_rolled_back: gauge("Rows of Prisma's history that were marked as rolled back.", [
      'datname',
    ]),
    howdah_migration_checksum_mismatch: gauge('Migrations whose file changed after it was applied.', [
      'datname',
    ]),
    howdah_migrations_info: gauge('Folder below prisma/ the database belongs to; the value is always 1.', [
      'datname',
      'folder',
    ]),
  },
  appliesTo: ({ folder }) => folder !== undefined,
  async collect(connection, { folder }, emit) {
    if (!folder) return
    const datname = connection.target.database
    const { applied, pending, failed, edited, rolledBack } = await countMigrations(connection, folder)
    emit('howdah_migrations_applied', applied, { datname })
    emit('howdah_migrations_pending', pending, { datname })
    emit('howdah_migrations_failed', failed, { datname })
    emit('howdah_migrations_rolled_back', rolledBack, { datname })
    emit('howdah_migration_checksum_mismatch', edited, { datname })
    emit('howdah_migrations_info', 1, { datname, folder: folder.name })
  },
})
