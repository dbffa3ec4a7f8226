/** The public file for whoever only counts: a process that runs for months loads 15 MB less without the rest of this room. */
export { countMigrations, type MigrationCounts } from './history/count-migrations.ts'
export { countDrift, DRIFT_KINDS } from './verify/count-drift.ts'
