/** What other rooms see of migrate. */
export { type DeployOptions, type DeployOutcome, deploy } from './deploy.ts'
export type { StepOutcome } from './execute.ts'
export type { MigrateOptions } from './inspect.ts'
export type { MigrationLimits } from './send-statement.ts'
export { countMigrations, type MigrationCounts, type StatusOutcome, status } from './status.ts'
