import { configShow } from './config-show.ts'
import { doctor } from './doctor.ts'
import { migrateDeploy } from './migrate-deploy.ts'
import { migrateStatus } from './migrate-status.ts'
import { seed } from './seed.ts'
import { serve } from './serve.ts'
import { up } from './up.ts'
import type { Verb } from './verb.ts'

/** The registry of verbs, in the order `--help` lists them. */
export const VERBS: readonly Verb[] = [up, migrateDeploy, migrateStatus, seed, serve, doctor, configShow]
