import { resolveDatabaseFolder } from '../config/database-folder.ts'
import { HowdahError } from '../core/errors.ts'
import { reportSeed } from '../seed/report.ts'
import { seed as fill } from '../seed/seed.ts'
import { directUrl } from './database-urls.ts'
import type { Flag, Verb } from './verb.ts'

const wholeNumber = (value: string): number | undefined => {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

const flags: readonly Flag[] = [
  { name: '--profile <name>', help: 'what to fill the database with: a file of prisma/<database>/seed/' },
  {
    name: '--rows <count>',
    help: 'load: rows in total, 100 to 100,000,000 (default: 100,000)',
    parse: wholeNumber,
  },
  {
    name: '--random-seed <number>',
    help: 'demo, load: the same number makes the same rows (default: 1)',
    parse: wholeNumber,
  },
  { name: '--force', help: 'make up people even where real ones have accounts' },
  { name: '--dry-run', help: 'say what would be made, and change nothing' },
]

export const seed: Verb = {
  path: ['seed'],
  summary: 'fill a database: essential, demo or load',
  description:
    'essential  the administrator and the database roles an application needs; safe in production\n' +
    'demo       made-up people and what they do, to try the application with; makes essential first\n' +
    'load       many rows to measure with, reproducible, streamed with COPY\n\n' +
    'Each can be run again: what is there stays, what is missing is made. demo and load refuse a database in which real\n' +
    "people have accounts. The administrator's password comes from HOWDAH_ADMIN_PASSWORD, or is generated and printed once.",
  settings: ['databaseUrl', 'directUrl', 'database', 'connectTimeoutMs', 'adminEmail', 'adminPassword'],
  flags,
  examples: [
    {
      command: 'howdah seed --profile essential',
      meaning: 'After every deploy: makes what is missing, if anything.',
    },
    { command: 'howdah seed --profile demo', meaning: 'Something to look at on a new database.' },
    {
      command: 'howdah seed --profile load --rows 1000000 --random-seed 7',
      meaning: 'A million rows, the same on every machine.',
    },
  ],
  run: async ({ config, flags: given, runtime, cwd }) => {
    if (typeof given.profile !== 'string')
      throw new HowdahError('usage-invalid', { problem: 'name a profile with --profile', command: 'seed' })
    const dryRun = given.dryRun === true
    const outcome = await fill({
      profile: given.profile,
      folder: await resolveDatabaseFolder(cwd, config.database, config),
      ...directUrl(config),
      connectTimeoutMs: config.connectTimeoutMs,
      rows: given.rows as number | undefined,
      randomSeed: given.randomSeed as number | undefined,
      adminEmail: config.adminEmail,
      adminPassword: config.adminPassword,
      force: given.force === true,
      dryRun,
      runtime,
    })
    return reportSeed(outcome, dryRun)
  },
}
