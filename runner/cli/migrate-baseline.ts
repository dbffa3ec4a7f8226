import { baseline, reportBaseline } from '../migrate/migrate.ts'
import { MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import type { Verb } from './verb.ts'

export const migrateBaseline: Verb = {
  path: ['migrate', 'baseline'],
  summary: 'mark migrations as applied on a database that has the tables but no history',
  description:
    'For a database made by `prisma db push`, by a dump or by hand. Marks all migrations, or those up to --to, as applied and\n' +
    'runs no SQL. Nothing compares the tables with the migrations: look before. Refused where a history exists or no table does.\n' +
    'The extra.sql of what is marked is not: the next deploy runs it. Where its objects exist too, give --with-extra-sql.\n' +
    'Exit codes: 0 marked, 3 refused, 5 another run holds the lock (try again).',
  settings: [...MIGRATE_SETTINGS, 'runLockBudgetMs'],
  flags: [
    {
      name: '--to <migration>',
      help: 'the last one whose effects are in the database (default: the newest)',
    },
    {
      name: '--with-extra-sql',
      help: 'record their extra.sql as in effect, too; else the next deploy runs it',
    },
    { name: '--dry-run', help: 'say what would be marked, and change nothing' },
  ],
  examples: [
    { command: 'howdah migrate baseline --dry-run', meaning: 'Which migrations would be marked?' },
    {
      command: 'howdah migrate baseline --to 20240101000000_orders',
      meaning: 'The database has everything up to the orders; deploy applies the rest.',
    },
  ],
  run: async context => {
    const { config, flags, version } = context
    const dryRun = flags.dryRun === true
    const plan = await baseline({
      to: typeof flags.to === 'string' ? flags.to : undefined,
      withExtraSql: flags.withExtraSql === true,
      ...(await migrateOptions(context)),
      runLockBudgetMs: config.runLockBudgetMs,
      runnerVersion: version,
      dryRun,
    })
    return reportBaseline(plan, dryRun)
  },
}
