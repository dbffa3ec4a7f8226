/** What the command line sees of drafting migrations; apart from `migrate.ts`, so that deploy does not load the schema engine. */

export type { AskRename, RenameQuestion } from './decisions.ts'
export { DIFF_SIDES, type DiffOptions, type DiffSide, diff } from './diff.ts'
export { type NewOptions, newMigration } from './new-migration.ts'
export { reportDiff } from './report-diff.ts'
export { reportNew } from './report-new.ts'
