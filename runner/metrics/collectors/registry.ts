import { activity } from './activity.ts'
import { connectionLimit } from './connection-limit.ts'
import { databaseSize } from './database-size.ts'
import { databaseStatistics } from './database-statistics.ts'
import { instance } from './instance.ts'
import { migrationRuns } from './migration-runs.ts'
import { migrationSteps } from './migration-steps.ts'
import { migrations } from './migrations.ts'
import { replicationPrimary } from './replication-primary.ts'
import { replicationReplica } from './replication-replica.ts'

/** Every collector, the cheapest and most needed first: what the deadline cuts off is at the end. */
export const COLLECTORS = [
  instance,
  activity,
  connectionLimit,
  replicationReplica,
  replicationPrimary,
  migrations,
  migrationRuns,
  migrationSteps,
  databaseStatistics,
  databaseSize,
] as const
