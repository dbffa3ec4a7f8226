import { resolveDatabaseFolder } from '../config/database-folder.ts'
import { EXIT } from '../core/exit-codes.ts'
import { up as runUp } from '../local/up.ts'
import type { Verb } from './verb.ts'

export const up: Verb = {
  path: ['up'],
  summary: 'run a migrated, seeded, measured database on this machine',
  description:
    'Starts Postgres from npm, applies the migrations and their extra SQL, seeds, serves metrics, and looks at all of it\n' +
    'from outside. Data is kept from one run to the next. Ctrl-C stops everything in order (exit code 0).\n' +
    'The URLs of what runs, passwords included, are in .howdah/local.json; other verbs find them there.',
  settings: [
    'database',
    'schema',
    'migrations',
    'home',
    'postgres',
    'port',
    'replica',
    'pooler',
    'observability',
    'metricsPort',
    'adminEmail',
    'connectTimeoutMs',
    'scrapeTimeoutMs',
    'lockTimeoutMs',
    'lockBudgetMs',
    'statementTimeoutMs',
    'runLockBudgetMs',
    'hookTimeoutMs',
  ],
  flags: [
    { name: '--fresh', help: 'remove all data of this home first' },
    { name: '--once', help: 'bring everything up, prove it, print the report, and stop' },
  ],
  examples: [
    { command: 'howdah up', meaning: 'Postgres 18, until Ctrl-C.' },
    { command: 'howdah up --replica --pooler', meaning: 'With a streaming replica and PgBouncer.' },
    {
      command: 'howdah up --replica --pooler --observability',
      meaning: 'And Prometheus scraping all of it, with our alerts.',
    },
    {
      command: 'howdah up --postgres 15 --fresh --home .howdah/15',
      meaning: 'Another version, beside the first, on empty data.',
    },
    { command: 'howdah up --once --json', meaning: 'In CI: does it all still come up?' },
  ],
  run: async ({ config, flags, runtime, cwd, env, version, report }) => {
    const once = flags.once === true
    let shown = false
    const outcome = await runUp({
      config,
      cwd,
      folder: await resolveDatabaseFolder(cwd, config.database, config),
      fresh: flags.fresh === true,
      path: env.PATH ?? '',
      environment: env,
      version,
      runtime,
      once,
      onReady: ready => {
        shown = true
        report(ready)
      },
    })
    return shown ? { exit: EXIT.done } : outcome
  },
}
