import type { Check } from '../check.ts'
import { clock } from './clock.ts'
import { connectivity } from './connectivity.ts'
import { extensions } from './extensions.ts'
import { latency } from './latency.ts'
import { pooler } from './pooler.ts'
import { poolerConsoles } from './pooler-admin.ts'
import { primary } from './primary.ts'
import { privileges } from './privileges.ts'
import { versions } from './versions.ts'

/** Every check, in the order of the report. */
export const CHECKS: readonly Check[] = [
  connectivity,
  versions,
  primary,
  pooler,
  poolerConsoles,
  privileges,
  extensions,
  latency,
  clock,
]
