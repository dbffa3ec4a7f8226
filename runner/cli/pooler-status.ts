import { poolerStatus } from '../pooler/pooler.ts'
import { reportStatus } from '../pooler/report.ts'
import { CONSOLE_SETTINGS, consoleUrls } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const poolerStatusVerb: Verb = {
  path: ['pooler', 'status'],
  summary: 'show every PgBouncer process: where its databases are, who waits, what is paused',
  description:
    'Asks every process of every task: a name in --pooler-admin-urls that resolves to several addresses stands for all of them, and\n' +
    'processes that share a port are found by their peer ids. Exit codes: 0 all run and agree, 6 one is paused, away, or at another address.',
  settings: CONSOLE_SETTINGS,
  flags: [],
  examples: [
    { command: 'howdah pooler status', meaning: 'Is everybody served, and from where?' },
    {
      command: `howdah pooler status --json | jq '.processes[] | select(.state != "running")'`,
      meaning: 'Who is not, for a program.',
    },
  ],
  run: async ({ config, runtime }) =>
    reportStatus(
      await poolerStatus({ urls: consoleUrls(config), connectTimeoutMs: config.connectTimeoutMs, runtime }),
    ),
}
