import { GATES, parseAllowed, planMigrations, reportPlan, summarizePlan } from '../migrate/migrate.ts'
import { MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import type { Verb } from './verb.ts'

export const migratePlan: Verb = {
  path: ['migrate', 'plan'],
  summary: 'print what deploy would do: statements, transactions, locks, sizes, durations',
  description:
    'For each statement: its transaction, the lock it takes and what that blocks, whether it rewrites or scans the table,\n' +
    'how big the table is, and how long comparable steps took. Changes nothing and waits for nobody; refuses what deploy\n' +
    'would refuse. Exit codes: 0 also when there is something to do, 3 deploy would refuse.',
  settings: [...MIGRATE_SETTINGS, 'freeDiskBytes', 'summaryFile'],
  flags: [
    { name: '--allow <gate=reason...>', help: `plan as if a gate were let through: ${GATES.join(', ')}` },
  ],
  examples: [
    {
      command: 'howdah migrate plan',
      meaning: 'In a review: what the pending migrations do to the database.',
    },
    {
      command: 'howdah migrate plan --markdown | tee plan.md',
      meaning: 'The same as Markdown, for a comment on the pull request.',
    },
    {
      command:
        'howdah migrate plan --json | jq \'.steps[].statements[] | select(.locks[].rewrite == "yes")\'',
      meaning: 'Statements that rewrite a table.',
    },
  ],
  run: async context => {
    const { config, flags, cwd, env, version } = context
    const plan = await planMigrations({
      ...(await migrateOptions(context)),
      limits: { ...config, showQueries: false },
      freeDiskBytes: config.freeDiskBytes,
      allowed: parseAllowed((flags.allow as string[] | undefined) ?? [], 'migrate plan'),
      runnerVersion: version,
      hooks: { ...config, directory: cwd, environment: env, verb: 'migrate plan' },
    })
    return { ...reportPlan(plan), markdown: () => summarizePlan(plan) }
  },
}
