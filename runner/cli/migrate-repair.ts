import { HowdahError } from '../core/errors.ts'
import { REPAIR_KINDS, type RepairKind, repair, reportRepair } from '../migrate/migrate.ts'
import { MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import type { Verb } from './verb.ts'

export const migrateRepair: Verb = {
  path: ['migrate', 'repair'],
  summary: 'put records and leftovers of failures right, as far as it can be proved',
  description:
    'failed-row: how far a migration came that failed under another tool; its file is replayed on a throw-away server,\n' +
    'statement by statement, and the live schema tells which of them took effect. The next deploy goes on from there.\n' +
    'checksum: a file that was edited after it was applied, where the edit changed nothing.\n' +
    'invalid-index: indexes that a concurrent build left INVALID are rebuilt, or dropped.\n' +
    'missing-folder: applied migrations whose folder is gone are named.\n' +
    'What cannot be proved is left as it is, with the reason and the way out by hand; rows are never changed.\n' +
    'Exit codes: 0 all repaired or nothing to do, 3 something is left to you, 4 failed, 5 another run holds the lock.',
  settings: [...MIGRATE_SETTINGS, 'runLockBudgetMs'],
  flags: [
    { name: '--dry-run', help: 'print what would be repaired and what left, and change nothing' },
    { name: '--only <kind...>', help: `look for these alone: ${REPAIR_KINDS.join(', ')}` },
  ],
  examples: [
    {
      command: 'howdah migrate repair --dry-run',
      meaning: 'What is wrong, and what would be done about it?',
    },
    {
      command: 'howdah migrate repair --only failed-row',
      meaning: 'After `prisma migrate deploy` failed half way (P3009); then `howdah migrate deploy`.',
    },
    {
      command: 'howdah migrate repair --only invalid-index',
      meaning: 'Rebuild the indexes that Postgres marks INVALID.',
    },
  ],
  run: async context => {
    const { config, flags, version } = context
    const dryRun = flags.dryRun === true
    const outcome = await repair({
      only: ((flags.only as string[] | undefined) ?? []).map(asKind),
      ...(await migrateOptions(context)),
      runLockBudgetMs: config.runLockBudgetMs,
      runnerVersion: version,
      dryRun,
    })
    return reportRepair(outcome, dryRun)
  },
}

function asKind(value: string): RepairKind {
  const kind = REPAIR_KINDS.find(each => each === value)
  if (kind) return kind
  const problem = `--only ${value}: there is ${REPAIR_KINDS.join(', ')}`
  throw new HowdahError('usage-invalid', { problem, command: 'migrate repair' })
}
