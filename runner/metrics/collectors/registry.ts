import { activity } from './activity.ts'
import { archiver } from './archiver.ts'
import { autovacuumDue } from './autovacuum-due.ts'
import { autovacuumWorkers } from './autovacuum-workers.ts'
import { backfills } from './backfills.ts'
import { backups } from './backups.ts'
import { bgwriter } from './bgwriter.ts'
import { blocking } from './blocking.ts'
import { checkpointer } from './checkpointer.ts'
import { connectionLimit } from './connection-limit.ts'
import { connectionQuotas } from './connection-quotas.ts'
import { dataDirectory } from './data-directory.ts'
import { databaseSessions } from './database-sessions.ts'
import { databaseSize } from './database-size.ts'
import { databaseStatistics } from './database-statistics.ts'
import { drills } from './drills.ts'
import { expectations } from './expectations.ts'
import { extensions } from './extensions.ts'
import { indexBuilds } from './index-builds.ts'
import { indexUsage } from './index-usage.ts'
import { instance } from './instance.ts'
import { invalidIndexes } from './invalid-indexes.ts'
import { io } from './io.ts'
import { locks } from './locks.ts'
import { longTransactions } from './long-transactions.ts'
import { migrationRuns } from './migration-runs.ts'
import { migrationSteps } from './migration-steps.ts'
import { migrations } from './migrations.ts'
import { preparedTransactions } from './prepared-transactions.ts'
import { recoveryConflicts } from './recovery-conflicts.ts'
import { redundantIndexes } from './redundant-indexes.ts'
import { replicationExpected } from './replication-expected.ts'
import { replicationPrimary } from './replication-primary.ts'
import { replicationReplica } from './replication-replica.ts'
import { replicationSlots } from './replication-slots.ts'
import { schemaDrift } from './schema-drift.ts'
import { sequences } from './sequences.ts'
import { settings } from './settings.ts'
import { slotPositions } from './slot-positions.ts'
import { slowQueries } from './slow-queries.ts'
import { slru } from './slru.ts'
import { sslConnections } from './ssl-connections.ts'
import { statements } from './statements.ts'
import { subscriptions } from './subscriptions.ts'
import { tableAges } from './table-ages.ts'
import { tableIo } from './table-io.ts'
import { tableScans } from './table-scans.ts'
import { tableSizes } from './table-sizes.ts'
import { tables } from './tables.ts'
import { vacuumMemory } from './vacuum-memory.ts'
import { vacuumPhases } from './vacuum-phases.ts'
import { vacuumProgress } from './vacuum-progress.ts'
import { waits } from './waits.ts'
import { wal } from './wal.ts'
import { walFiles } from './wal-files.ts'
import { wraparound } from './wraparound.ts'
import { xminHorizon } from './xmin-horizon.ts'

/** Every collector, the cheapest and most needed first: what the deadline cuts off is at the end. */
export const COLLECTORS = [
  instance,
  activity,
  connectionLimit,
  blocking,
  locks,
  waits,
  slowQueries,
  longTransactions,
  xminHorizon,
  preparedTransactions,
  wraparound,
  autovacuumWorkers,
  vacuumProgress,
  vacuumMemory,
  vacuumPhases,
  wal,
  checkpointer,
  bgwriter,
  archiver,
  databaseSessions,
  replicationReplica,
  recoveryConflicts,
  replicationExpected,
  replicationPrimary,
  replicationSlots,
  slotPositions,
  subscriptions,
  indexBuilds,
  migrations,
  migrationRuns,
  migrationSteps,
  expectations,
  backups,
  drills,
  backfills,
  databaseStatistics,
  settings,
  walFiles,
  io,
  slru,
  sslConnections,
  tables,
  tableIo,
  tableScans,
  autovacuumDue,
  statements,
  dataDirectory,
  connectionQuotas,
  extensions,
  databaseSize,
  sequences,
  invalidIndexes,
  redundantIndexes,
  indexUsage,
  tableAges,
  tableSizes,
  schemaDrift,
] as const
