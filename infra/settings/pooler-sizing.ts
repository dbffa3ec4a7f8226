import { instanceClass, type PoolerSizing } from '../../runner/names.ts'
import type { Settings } from './settings.ts'

/** Two logins of the application that take turns when passwords change, and two for reading. */
const POOLED_USERS = 4

/** What the connection budget is made of. */
export function poolerSizingOf({ database, pooler }: Settings): PoolerSizing {
  return {
    maxConnections: database.maxConnections,
    directConnections: pooler.directConnections,
    tasks: Math.max(pooler.tasks, pooler.maxTasks),
    deploymentMaximumPercent: pooler.surgePercent,
    processes: pooler.vcpus,
    users: POOLED_USERS,
    databases: 1,
    vcpus: instanceClass(database.instanceClass)?.cpus ?? 2,
    clients: pooler.maxClients,
  }
}
