import type { Alert } from '../rule.ts'
import { THRESHOLDS, type Thresholds } from '../thresholds.ts'
import { availability } from './availability.ts'
import { backfills } from './backfills.ts'
import { backups } from './backups.ts'
import { configuration } from './configuration.ts'
import { connections } from './connections.ts'
import { drills } from './drills.ts'
import { durability } from './durability.ts'
import { locks } from './locks.ts'
import { migrations } from './migrations.ts'
import { pooler } from './pooler.ts'
import { rds } from './rds.ts'
import { replication } from './replication.ts'
import { sizes } from './sizes.ts'
import { slo } from './slo.ts'
import { statements } from './statements.ts'
import { upkeep } from './upkeep.ts'
import { vacuum } from './vacuum.ts'

const GROUPS = {
  availability,
  slo,
  connections,
  locks,
  replication,
  vacuum,
  sizes,
  durability,
  upkeep,
  configuration,
  statements,
  pooler,
  rds,
  migrations,
  backups,
  drills,
  backfills,
} as const

/** Alerts on one subject; in Prometheus a group, evaluated together. */
export interface AlertGroup {
  readonly name: string
  readonly alerts: readonly Alert[]
}

/** Every alert, also those that wait for a metric. Other thresholds are for tests of the tests. */
export function alertGroups(thresholds: Thresholds = THRESHOLDS): readonly AlertGroup[] {
  return Object.entries(GROUPS).map(([name, alerts]) => ({ name, alerts: alerts(thresholds) }))
}
