import { activity } from './activity.ts'
import { blocking } from './blocking.ts'
import { connectionLimit } from './connection-limit.ts'
import { databaseSize } from './database-size.ts'
import { databaseStatistics } from './database-statistics.ts'
import { instance } from './instance.ts'
import { locks } from './locks.ts'
import { longTransactions } from './long-transactions.ts'
import { migrationRuns } from './migration-runs.ts'
import { migrationSteps } from './migration-steps.ts'
import { migrations } from './migrations.ts'
import { preparedTransactions } from './prepared-transactions.ts'
import { replicationPrimary } from './replication-primary.ts'
import { replicationReplica } from './replication-replica.ts'
import { slowQueries } from './slow-queries.ts'
import { xminHorizon } from './xmin-horizon.ts'

/** Every collector, the cheapest and most needed first: what the deadline cuts off is at the end. */
export const COLLECTORS = [
  instance,
  activity,
  connectionLimit,
  blocking,
  locks,
  slowQueries,
  longTransactions,
  xminHorizon,
  preparedTransactions,
  replicationReplica,
  replicationPrimary,
  migrations,
  migrationRuns,
  migrationSteps,
  databaseStatistics,
  databaseSize,
] as const
