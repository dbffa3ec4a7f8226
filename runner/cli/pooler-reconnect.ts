import { reconnectFleet } from '../pooler/pooler.ts'
import { reportFleet } from '../pooler/report.ts'
import { CONSOLE_SETTINGS, consoleUrls, DRY_RUN } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const poolerReconnect: Verb = {
  path: ['pooler', 'reconnect'],
  summary: 'have every PgBouncer replace its server connections, each when its client lets go of it',
  description:
    'Prepared statements and settings of roles live as long as a connection: after the schema or a role changed, those from before\n' +
    'have to go. `migrate deploy` does it by itself. Nobody is cut off. Exit codes: 0 all were told, 4 one was not.',
  settings: [...CONSOLE_SETTINGS, 'poolerDrainMs'],
  flags: [DRY_RUN],
  examples: [
    { command: 'howdah pooler reconnect', meaning: 'After ALTER TABLE by hand, or ALTER ROLE … SET.' },
  ],
  run: async ({ config, flags, runtime }) =>
    reportFleet(
      await reconnectFleet({
        urls: consoleUrls(config),
        connectTimeoutMs: config.connectTimeoutMs,
        drainMs: config.poolerDrainMs,
        dryRun: flags.dryRun === true,
        runtime,
      }),
    ),
}
