/** What other rooms see of migrate. */

export { type BaselineOptions, type BaselinePlan, baseline, reportBaseline } from './baseline.ts'
export { type DeployOptions, type DeployOutcome, deploy } from './deploy.ts'
export { GATES, parseAllowed } from './gates.ts'
export type { MigrateOptions } from './inspect.ts'
export type { MigrationLimits } from './lock-policy.ts'
export { type DescribedPlan, type PlanOptions, planMigrations } from './plan-facts.ts'
export { reportPlan } from './report-plan.ts'
export {
  type Resolution,
  type ResolveOptions,
  type ResolvePlan,
  reportResolve,
  resolveMigration,
} from './resolve.ts'
export { countMigrations, type MigrationCounts, type StatusOutcome, status } from './status.ts'
export type { StepOutcome } from './step-outcome.ts'
export { type GeneratedManifest, generateManifest } from './verify/generate-manifest.ts'
export { reportManifest, reportVerify } from './verify/report.ts'
export { type VerifyOptions, type VerifyOutcome, verify } from './verify/verify.ts'
