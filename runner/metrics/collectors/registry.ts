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
import { databaseSessions } from './database-sessions.ts'
import { databaseSize } from './database-size.ts'
import { databaseStatistics } from './database-statistics.ts'
import { drills } from './drills.ts'
import { expectations } from './expectations.ts'
import { indexBuilds } from './index-builds.ts'
import { instance } from './instance.ts'
import { invalidIndexes } from './invalid-indexes.ts'
import { io } from './io.ts'
import { locks } from './locks.ts'
import { longTransactions } from './long-transactions.ts'
import { migrationRuns } from './migration-runs.ts'
import { migrationSteps } from './migration-steps.ts'
import { migrations } from './migrations.ts'
import { preparedTransactions } from './prepared-transactions.ts'
import { redundantIndexes } from './redundant-indexes.ts'
import { replicationPrimary } from './replication-primary.ts'
import { replicationReplica } from './replication-replica.ts'
import { replicationSlots } from './replication-slots.ts'
import { schemaDrift } from './schema-drift.ts'
import { sequences } from './sequences.ts'
import { slowQueries } from './slow-queries.ts'
import { statements } from './statements.ts'
import { subscriptions } from './subscriptions.ts'
import { tableSizes } from './table-sizes.ts'
import { tables } from './tables.ts'
import { vacuumProgress } from './vacuum-progress.ts'
import { waits } from './waits.ts'
import { wal } from './wal.ts'
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
  wal,
  checkpointer,
  bgwriter,
  archiver,
  databaseSessions,
  replicationReplica,
  replicationPrimary,
  replicationSlots,
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
  io,
  tables,
  autovacuumDue,
  statements,
  databaseSize,
  sequences,
  invalidIndexes,
  redundantIndexes,
  tableSizes,
  schemaDrift,
] as const
