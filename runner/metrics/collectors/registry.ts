import { activity } from './activity.ts'
import { connectionLimit } from './connection-limit.ts'
import { databaseSize } from './database-size.ts'
import { databaseStatistics } from './database-statistics.ts'
import { indexBuilds } from './index-builds.ts'
import { instance } from './instance.ts'
import { invalidIndexes } from './invalid-indexes.ts'
import { migrationRuns } from './migration-runs.ts'
import { migrationSteps } from './migration-steps.ts'
import { migrations } from './migrations.ts'
import { redundantIndexes } from './redundant-indexes.ts'
import { replicationPrimary } from './replication-primary.ts'
import { replicationReplica } from './replication-replica.ts'
import { replicationSlots } from './replication-slots.ts'
import { sequences } from './sequences.ts'
import { statements } from './statements.ts'
import { subscriptions } from './subscriptions.ts'
import { tableSizes } from './table-sizes.ts'

/** Every collector, the cheapest and most needed first: what the deadline cuts off is at the end. */
export const COLLECTORS = [
  instance,
  activity,
  connectionLimit,
  replicationReplica,
  replicationPrimary,
  replicationSlots,
  subscriptions,
  indexBuilds,
  migrations,
  migrationRuns,
  migrationSteps,
  databaseStatistics,
  statements,
  databaseSize,
  sequences,
  invalidIndexes,
  redundantIndexes,
  tableSizes,
] as const
