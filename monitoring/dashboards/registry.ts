import type { Dashboard } from './draw-dashboard.ts'
import { exporter } from './exporter.ts'
import { fleet } from './fleet.ts'
import { instance } from './instance.ts'
import { locks } from './locks.ts'
import { migrations } from './migrations.ts'
import { pooler } from './pooler.ts'
import { queries } from './queries.ts'
import { replication } from './replication.ts'
import { tables } from './tables.ts'

/** Every dashboard; those about one subject before those that look at all. */
export const dashboards = (): readonly Dashboard[] => [
  locks(),
  queries(),
  replication(),
  tables(),
  pooler(),
  migrations(),
  exporter(),
  instance(),
  fleet(),
]
