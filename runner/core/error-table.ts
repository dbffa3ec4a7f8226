import { ACCESS_ERRORS } from './errors-by-room/access-errors.ts'
import { CONNECTION_ERRORS } from './errors-by-room/connection-errors.ts'
import { ECS_ERRORS } from './errors-by-room/ecs-errors.ts'
import { LEDGER_ERRORS } from './errors-by-room/ledger-errors.ts'
import { MIGRATION_ERRORS } from './errors-by-room/migration-errors.ts'
import { PLATFORM_ERRORS } from './errors-by-room/platform-errors.ts'
import { POOLER_ERRORS } from './errors-by-room/pooler-errors.ts'
import { PROCESS_ERRORS } from './errors-by-room/process-errors.ts'
import { SEED_ERRORS } from './errors-by-room/seed-errors.ts'

/**
 * Every error Howdah reports: exit code, message, and a hint that says what to do next. A message names the object and says
 * what is wrong with it. A code is stable: scripts match on it. A retired code is never given a new meaning.
 */
export const ERRORS = {
  ...PROCESS_ERRORS,
  ...CONNECTION_ERRORS,
  ...LEDGER_ERRORS,
  ...MIGRATION_ERRORS,
  ...SEED_ERRORS,
  ...PLATFORM_ERRORS,
  ...POOLER_ERRORS,
  ...ACCESS_ERRORS,
  ...ECS_ERRORS,
} as const
