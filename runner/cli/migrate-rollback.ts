import { HowdahError } from '../core/errors.ts'
import {
  planTheRollback,
  type RollbackOptions,
  reportRollback,
  reportRollbackPlan,
  rollback,
} from '../migrate/migrate.ts'
import { LOCK_SETTINGS, MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import { consoleUrls } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const migrateRollback: Verb = {
  path: ['migrate', 'rollback'],
  summary: 'undo the migrations newer than a given one, each by its down.sql',
  description:
    'A down.sql beside a migration.sql undoes it and its extra.sql. It is proved on a throw-away server first, unless\n' +
    'catalogue.json says it was: down gives the schema before, and up again the schema after. Then the newest migration is\n' +
    'undone first, under the locks, limits and records of deploy; to Prisma it is pending again. Killed at any moment, the\n' +
    'same command goes on.\n' +
    'Grades:\n' +
    '  lossless    drops only what holds no data: indexes, constraints, views, functions, triggers, policies, defaults; renames\n' +
    '  lossy       drops tables or columns, narrows types, deletes or changes rows, takes an enum value back, does what cannot\n' +
    '              be told by its text (DO, functions), or the migration itself destroyed data: needs --accept-data-loss\n' +
    '  impossible  has no down.sql, or one with `-- howdah: irreversible=<why-in-a-word>` at its head\n' +
    'Exit codes: 0 undone or nothing to do, 3 refused, 4 failed, 5 a lock was not to be had (try again).',
  settings: [...MIGRATE_SETTINGS, ...LOCK_SETTINGS],
  flags: [
    { name: '--to <migration>', help: 'the migration that stays the newest applied one; none: undo all' },
    { name: '--accept-data-loss', help: 'go ahead where data is lost, which is listed; on record' },
    { name: '--dry-run', help: 'print grades, losses, statements and locks, and change nothing' },
    { name: '--show-queries', help: 'show the query of a session that holds a lock up; it may hold data' },
  ],
  examples: [
    {
      command: 'howdah migrate rollback --to 20240101000003_add_social_features --dry-run',
      meaning: 'What would be undone, what would be lost, and which locks that takes.',
    },
    {
      command: 'howdah migrate rollback --to 20240101000003_add_social_features',
      meaning: 'Undo everything newer, if nothing is lost by it.',
    },
  ],
  run: async context => {
    const { config, flags, version } = context
    const options: RollbackOptions = {
      to: targetOf(flags.to),
      acceptDataLoss: flags.acceptDataLoss === true,
      ...(await migrateOptions(context)),
      limits: { ...config, showQueries: flags.showQueries === true },
      poolers: { ...config, poolerAdminUrls: consoleUrls(config) },
      runnerVersion: version,
    }
    if (flags.dryRun === true) return reportRollbackPlan(await planTheRollback(options))
    return reportRollback(await rollback(options))
  },
}

function targetOf(to: unknown): string {
  if (typeof to === 'string' && to !== '') return to
  const problem = 'give --to <migration>, the one that is to stay applied, or --to none'
  throw new HowdahError('usage-invalid', { problem, command: 'migrate rollback' })
}
