import { reportAccess, setUpAccess } from '../access/access.ts'
import { HowdahError } from '../core/errors.ts'
import { directUrl } from './database-urls.ts'
import type { Verb } from './verb.ts'

export const setupAccess: Verb = {
  path: ['setup', 'access'],
  summary: 'make roles, owners, grants and default privileges what one model says',
  description:
    'Roles: an owner that nobody logs in as, a migrator whose sessions act as the owner, the application, a read-only one, one\n' +
    'that monitors and one for the pooler. What the owner and the migrator make later has the same grants by default\n' +
    "privileges; PUBLIC's defaults are revoked. What is right is left as it is, so a second run does nothing; what somebody\n" +
    'changed by hand is put back. Roles outside of the model are told and left alone. No password is set: until one is, or IAM\n' +
    'is asked for, the roles cannot log in. Needs CREATEROLE, and CREATEDB where a database is made or given to its owner.\n' +
    'Exit codes: 0 done, 2 a privilege or a setting is wrong, 3 refused, 4 failed, 5 others are in the way, 6 not as declared\n' +
    '(--check).',
  settings: ['databaseUrl', 'directUrl', 'connectTimeoutMs', 'access', 'lockTimeoutMs', 'runLockBudgetMs'],
  flags: [
    { name: '--dry-run', help: 'print the statements and run none' },
    {
      name: '--check',
      help: 'say what is not as declared and change nothing; exit code 6 when something is',
    },
  ],
  examples: [
    { command: 'howdah setup access --dry-run', meaning: 'The SQL, to review or to run as somebody else.' },
    {
      command: 'howdah setup access',
      meaning: 'Make it so: before the first deploy, and once more behind it for what was there before.',
    },
    {
      command: 'howdah setup access --check --json',
      meaning: 'Has anybody changed roles or grants by hand?',
    },
  ],
  run: async ({ config, flags, runtime }) => {
    const [dryRun, check] = [flags.dryRun === true, flags.check === true]
    if (dryRun && check)
      throw new HowdahError('usage-invalid', {
        problem: '--dry-run and --check: one says what would be done, the other what is wrong',
        command: 'setup access',
      })
    const outcome = await setUpAccess({
      ...directUrl(config),
      connectTimeoutMs: config.connectTimeoutMs,
      access: config.access,
      planOnly: dryRun || check,
      lockTimeoutMs: config.lockTimeoutMs,
      lockBudgetMs: config.runLockBudgetMs,
      runtime,
    })
    return reportAccess(outcome, check ? 'check' : dryRun ? 'dry-run' : 'apply')
  },
}
