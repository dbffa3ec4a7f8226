import { reloadPoolers } from '../pooler/pooler.ts'
import { reportFleet } from '../pooler/report.ts'
import { CONSOLE_SETTINGS, consoleUrls, DRY_RUN } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const poolerReload: Verb = {
  path: ['pooler', 'reload'],
  summary: 'have every PgBouncer read its configuration, users and certificates anew',
  description: 'Exit codes: 0 all did, 4 one did not and goes on with what it had.',
  settings: CONSOLE_SETTINGS,
  flags: [DRY_RUN],
  examples: [{ command: 'howdah pooler reload', meaning: 'After a certificate was replaced.' }],
  run: async ({ config, flags, runtime }) =>
    reportFleet(
      await reloadPoolers({
        urls: consoleUrls(config),
        connectTimeoutMs: config.connectTimeoutMs,
        dryRun: flags.dryRun === true,
        runtime,
      }),
    ),
}
