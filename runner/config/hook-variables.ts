/** What a hook of a deploy is told; when it is absent the variable is not set, and the setting is empty. */
export const HOOK_FACTS = {
  event: 'What the hook stands at: before-run, after-run, before-migration or after-migration.',
  run_id: "The run's id, as in the log and in `howdah.run`.",
  verb: 'The verb that deploys: `migrate deploy`, or `up`.',
  database: 'The database by the name of its folder, as `--database` takes it.',
  database_name: 'The database by its name on the server.',
  host: "The server's host.",
  port: "The server's port.",
  user: 'The role that migrates.',
  schema: 'The schema that migrations apply to.',
  migration: 'The migration it stands before or behind; absent for before-run and after-run.',
  migrations: 'The migrations this run has to apply, one a line; cut after 90 KiB.',
  migration_count: 'How many those are.',
  outcome: 'applied, failed or interrupted; absent before.',
  error_code: "The error's code, where there was one.",
  duration_ms: 'How long the run, or the migration, took until now, in milliseconds; absent before.',
} as const

export type HookFact = keyof typeof HOOK_FACTS

export const HOOK_FACT_NAMES = Object.keys(HOOK_FACTS) as HookFact[]

/** `run_id` is `HOWDAH_HOOK_RUN_ID` for a program. The prefix keeps them apart from settings, which a hook may hand on to a verb. */
export function hookVariable(fact: HookFact): string {
  return `HOWDAH_HOOK_${fact.toUpperCase()}`
}

/** `run_id` is `current_setting('howdah.run_id')` for SQL. */
export function hookSetting(fact: HookFact): string {
  return `howdah.${fact}`
}

/** The README's table of them. */
export function hookFactsTable(): string {
  const rows = HOOK_FACT_NAMES.map(
    fact => `| \`${hookVariable(fact)}\` | \`${hookSetting(fact)}\` | ${HOOK_FACTS[fact]} |`,
  )
  return ['| for a program | for SQL | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
