/** What other rooms see of migrate. */

export { type BaselineOptions, type BaselinePlan, baseline, reportBaseline } from './baseline.ts'
export { type DeployOptions, type DeployOutcome, deploy } from './deploy.ts'
export { MIGRATION_EVENTS } from './events.ts'
export type { MigrationLimits } from './execute/lock-policy.ts'
export type { StepOutcome } from './execute/step-outcome.ts'
export type { PoolerOptions } from './execute/tell-poolers.ts'
export { GATES, parseAllowed } from './gates/gates.ts'
export type { MigrateOptions } from './history/inspect.ts'
export type { HookOptions } from './hooks/hook-runner.ts'
export { type DescribedPlan, planMigrations } from './plan/plan-facts.ts'
export { reportPlan } from './plan/report-plan.ts'
export { type RepairOptions, type RepairOutcome, repair } from './repair/repair.ts'
export { REPAIR_KINDS, type RepairKind } from './repair/repair-plan.ts'
export { reportRepair } from './repair/report.ts'
export {
  type Resolution,
  type ResolveOptions,
  type ResolvePlan,
  reportResolve,
  resolveMigration,
} from './resolve.ts'
export { reportRollback, reportRollbackPlan } from './rollback/report.ts'
export { planTheRollback, type RollbackOptions, rollback } from './rollback/rollback.ts'
export { type StatusOutcome, status } from './status.ts'
export { summarizeDeploy } from './summary/deploy.ts'
export { summarizePlan } from './summary/plan.ts'
export { summarizeStatus } from './summary/status.ts'
export { summarizeVerify } from './summary/verify.ts'
export { type GeneratedManifest, generateManifest } from './verify/generate-manifest.ts'
export { reportManifest, reportVerify } from './verify/report.ts'
export { type VerifyOptions, type VerifyOutcome, verify } from './verify/verify.ts'
