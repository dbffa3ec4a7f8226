import {
  deploy,
  GATES,
  parseAllowed,
  planMigrations,
  reportPlan,
  summarizeDeploy,
  summarizePlan,
} from '../migrate/migrate.ts'
import { reportDeploy } from '../migrate/report.ts'
import { LOCK_SETTINGS, MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import { consoleUrls } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const migrateDeploy: Verb = {
  path: ['migrate', 'deploy'],
  summary: 'apply pending Prisma migrations and their extra SQL',
  description:
    'Each migration.sql runs in one transaction where all of it can, else statement by statement; its extra.sql follows,\n' +
    'statement by statement. What was applied is recorded; after a failure or a crash the next deploy goes on from there.\n' +
    'Hooks beside the folder of migrations run at their places; poolers are told to reconnect when the schema changed.\n' +
    'Exit codes: 0 applied or nothing to do, 3 refused, 4 failed, 5 a lock was not to be had (try again).',
  settings: [...MIGRATE_SETTINGS, ...LOCK_SETTINGS, 'freeDiskBytes', 'summaryFile', 'hookTimeoutMs'],
  flags: [
    { name: '--dry-run', help: 'print what would run, as `howdah migrate plan` does, and change nothing' },
    { name: '--allow <gate=reason...>', help: `let a gate through, on record: ${GATES.join(', ')}` },
    { name: '--show-queries', help: 'show the query of a session that holds a lock up; it may hold data' },
  ],
  examples: [
    {
      command: 'DATABASE_URL=postgresql://… howdah migrate deploy',
      meaning: 'In CI: bring the schema to the newest version.',
    },
    {
      command: 'howdah migrate deploy --dry-run',
      meaning: 'Every statement, with its transaction and its locks.',
    },
    {
      command: 'howdah migrate deploy --summary summary.md',
      meaning:
        'The same, with a report as Markdown beside; in GitHub Actions it goes to the page of the run by itself.',
    },
    {
      command: 'howdah migrate deploy --lock-timeout-ms 200 --json',
      meaning: 'A busy database, and a report for a program.',
    },
  ],
  run: async context => {
    const { config, flags, runtime, cwd, env, version } = context
    const options = {
      ...(await migrateOptions(context)),
      limits: { ...config, showQueries: flags.showQueries === true },
      freeDiskBytes: config.freeDiskBytes,
      allowed: parseAllowed((flags.allow as string[] | undefined) ?? [], 'migrate deploy'),
      runnerVersion: version,
      hooks: { ...config, directory: cwd, environment: env, verb: 'migrate deploy' },
      poolers: { ...config, poolerAdminUrls: consoleUrls(config) },
    }
    if (flags.dryRun === true) {
      const plan = await planMigrations(options)
      return { ...reportPlan(plan), markdown: () => summarizePlan(plan) }
    }
    const started = runtime.clock.monotonicMs()
    const outcome = await deploy(options)
    const durationMs = runtime.clock.monotonicMs() - started
    const facts = { runId: runtime.runId, allowed: options.allowed, durationMs }
    return { ...reportDeploy(outcome), markdown: () => summarizeDeploy(outcome, facts) }
  },
}
