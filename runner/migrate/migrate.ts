/** What other rooms see of migrate. */

export { type BaselineOptions, type BaselinePlan, baseline, reportBaseline } from './baseline.ts'
export { type DeployOptions, type DeployOutcome, deploy } from './deploy.ts'
export { MIGRATION_EVENTS } from './events.ts'
export { GATES, parseAllowed } from './gates.ts'
export type { HookOptions } from './hooks/hook-runner.ts'
export type { MigrateOptions } from './inspect.ts'
export type { MigrationLimits } from './lock-policy.ts'
export { type DescribedPlan, planMigrations } from './plan-facts.ts'
export { type RepairOptions, type RepairOutcome, repair } from './repair/repair.ts'
export { REPAIR_KINDS, type RepairKind } from './repair/repair-plan.ts'
export { reportRepair } from './repair/report.ts'
export { reportPlan } from './report-plan.ts'
export {
  type Resolution,
  type ResolveOptions,
  type ResolvePlan,
  reportResolve,
  resolveMigration,
} from './resolve.ts'
export { reportRollback, reportRollbackPlan } from './rollback/report.ts'
export { planTheRollback, type RollbackOptions, rollback } from './rollback/rollback.ts'
export { countMigrations, type MigrationCounts, type StatusOutcome, status } from './status.ts'
export type { StepOutcome } from './step-outcome.ts'
export { summarizeDeploy } from './summary/deploy.ts'
export { summarizePlan } from './summary/plan.ts'
export { summarizeStatus } from './summary/status.ts'
export { summarizeVerify } from './summary/verify.ts'
export type { PoolerOptions } from './tell-poolers.ts'
export { type GeneratedManifest, generateManifest } from './verify/generate-manifest.ts'
export { reportManifest, reportVerify } from './verify/report.ts'
export { type VerifyOptions, type VerifyOutcome, verify } from './verify/verify.ts'
