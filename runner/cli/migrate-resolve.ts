import { HowdahError } from '../core/errors.ts'
import { type Resolution, reportResolve, resolveMigration } from '../migrate/migrate.ts'
import { MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import type { Verb, VerbContext } from './verb.ts'

export const migrateResolve: Verb = {
  path: ['migrate', 'resolve'],
  summary: 'record what became of a failed migration: applied, or rolled back',
  description:
    'Writes the rows `prisma migrate resolve` writes, and runs no SQL. A failure of our own needs none of this: the next\n' +
    'deploy goes on from it. After --rolled-back the next deploy runs the whole migration.sql again, so whatever the failed\n' +
    'attempt left behind has to be gone; after --applied it runs no more of it, but its extra.sql.\n' +
    'Exit codes: 0 recorded or nothing to do, 3 refused, 5 another run holds the lock (try again).',
  settings: [...MIGRATE_SETTINGS, 'runLockBudgetMs'],
  flags: [
    { name: '--applied <migration>', help: 'all of it is in the database, brought about by hand' },
    { name: '--rolled-back <migration>', help: 'nothing of it is in the database any more' },
    { name: '--dry-run', help: 'say what would be recorded, and change nothing' },
  ],
  examples: [
    {
      command: 'howdah migrate resolve --rolled-back 20240101000000_orders',
      meaning: 'What the failed attempt did was undone by hand; deploy may try again.',
    },
    {
      command: 'howdah migrate resolve --applied 20240101000000_orders',
      meaning: 'The rest of it was carried out by hand.',
    },
  ],
  run: async context => {
    const { config, flags, version } = context
    const dryRun = flags.dryRun === true
    const plan = await resolveMigration({
      resolution: resolutionOf(flags),
      ...(await migrateOptions(context)),
      runLockBudgetMs: config.runLockBudgetMs,
      runnerVersion: version,
      dryRun,
    })
    return reportResolve(plan, dryRun)
  },
}

function resolutionOf({ applied, rolledBack }: VerbContext['flags']): Resolution {
  if (typeof applied === 'string' && rolledBack === undefined) return { migration: applied, as: 'applied' }
  if (typeof rolledBack === 'string' && applied === undefined)
    return { migration: rolledBack, as: 'rolled-back' }
  throw new HowdahError('usage-invalid', {
    problem: 'give either --applied <migration> or --rolled-back <migration>',
    command: 'migrate resolve',
  })
}
