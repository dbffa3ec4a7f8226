import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * Listing directories is a privilege of its own, which pg_monitor has; without it there is nothing to ask, and the metrics are
 * absent. Aurora keeps its log in storage of its own and has no such directory.
 */
const ALLOWED = `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE') AND NOT aurora AS wal,
       pg_catalog.has_function_privilege('pg_catalog.pg_ls_archive_statusdir()', 'EXECUTE') AND NOT aurora AS archive
  FROM (SELECT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'aurora_version') AS aurora) a`

const WAL = `SELECT count(*)::float8 AS segments, coalesce(sum(size), 0)::float8 AS bytes
  FROM pg_catalog.pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'`

const READY = `SELECT count(*)::float8 AS ready FROM pg_catalog.pg_ls_archive_statusdir() WHERE name LIKE '%.ready'`

/** The log on disk, and what of it waits for the archive. */
export const walFiles = defineCollector({
  name: 'wal-files',
  tier: 'medium',
  metrics: {
    pg_wal_segments: gauge('WAL files on disk; absent for a role that may not list them (pg_monitor may).'),
    pg_wal_size_bytes: gauge(
      'Size of the WAL files on disk; absent for a role that may not list them (pg_monitor may).',
    ),
    pg_wal_archive_ready_count: gauge(
      'WAL files that wait to be archived; absent for a role that may not list them (pg_monitor may).',
    ),
  },
  async collect(connection, _facts, emit) {
    const allowed = await connection.row<{ wal: boolean; archive: boolean }>(ALLOWED)
    if (allowed.wal) {
      const { segments, bytes } = await connection.row<{ segments: number; bytes: number }>(WAL)
      emit('pg_wal_segments', segments)
      emit('pg_wal_size_bytes', bytes)
    }
    if (allowed.archive) {
      const { ready } = await connection.row<{ ready: number }>(READY)
      emit('pg_wal_archive_ready_count', ready)
    }
  },
})
