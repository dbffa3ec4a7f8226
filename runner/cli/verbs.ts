import { configShow } from './config-show.ts'
import { doctor } from './doctor.ts'
import { ecsRun } from './ecs-run.ts'
import { metricsExplain } from './metrics-explain.ts'
import { metricsList } from './metrics-list.ts'
import { migrateBaseline } from './migrate-baseline.ts'
import { migrateDeploy } from './migrate-deploy.ts'
import { migrateDiff } from './migrate-diff.ts'
import { migrateNew } from './migrate-new.ts'
import { migratePlan } from './migrate-plan.ts'
import { migrateRepair } from './migrate-repair.ts'
import { migrateResolve } from './migrate-resolve.ts'
import { migrateRollback } from './migrate-rollback.ts'
import { migrateStatus } from './migrate-status.ts'
import { migrateVerify } from './migrate-verify.ts'
import { poolerPause } from './pooler-pause.ts'
import { poolerReconnect } from './pooler-reconnect.ts'
import { poolerReload } from './pooler-reload.ts'
import { poolerRepoint } from './pooler-repoint.ts'
import { poolerResume } from './pooler-resume.ts'
import { poolerRotateCredentials } from './pooler-rotate-credentials.ts'
import { poolerStatusVerb } from './pooler-status.ts'
import { runbook } from './runbook.ts'
import { seed } from './seed.ts'
import { serve } from './serve.ts'
import { setupAccess } from './setup-access.ts'
import { setupMonitorRole } from './setup-monitor-role.ts'
import { setupPoolerAuth } from './setup-pooler-auth.ts'
import { up } from './up.ts'
import type { Verb } from './verb.ts'

/** The registry of verbs, in the order `--help` lists them. */
export const VERBS: readonly Verb[] = [
  up,
  migrateNew,
  migrateDeploy,
  migratePlan,
  migrateStatus,
  migrateVerify,
  migrateRollback,
  migrateRepair,
  migrateDiff,
  migrateResolve,
  migrateBaseline,
  seed,
  serve,
  metricsList,
  metricsExplain,
  runbook,
  setupAccess,
  poolerStatusVerb,
  poolerPause,
  poolerResume,
  poolerReconnect,
  poolerReload,
  poolerRepoint,
  poolerRotateCredentials,
  setupPoolerAuth,
  ecsRun,
  setupMonitorRole,
  doctor,
  configShow,
]
