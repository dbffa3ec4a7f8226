import { pausePoolers } from '../pooler/pooler.ts'
import { reportFleet } from '../pooler/report.ts'
import { CONSOLE_SETTINGS, consoleUrls, DEADLINE, DRY_RUN, millisecondsOf } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const poolerPause: Verb = {
  path: ['pooler', 'pause'],
  summary: 'hold the clients of every PgBouncer back, or of none',
  description:
    'Each database of each process is paused when its transactions have ended; clients wait and notice nothing but the time, until\n' +
    'query_wait_timeout throws them out. Unless all are paused by the deadline, all are resumed, as on Ctrl-C.\n' +
    'Exit codes: 0 all are paused, 2 the deadline is beyond query_wait_timeout, 4 none is.',
  settings: CONSOLE_SETTINGS,
  flags: [DEADLINE, DRY_RUN],
  examples: [
    { command: 'howdah pooler pause', meaning: 'Nothing reaches the database any more.' },
    { command: 'howdah pooler pause --deadline-ms 2000', meaning: 'All within two seconds, or none.' },
  ],
  run: async ({ config, flags, runtime }) =>
    reportFleet(
      await pausePoolers({
        urls: consoleUrls(config),
        connectTimeoutMs: config.connectTimeoutMs,
        deadlineMs: millisecondsOf(flags.deadlineMs, '--deadline-ms', 'pooler pause'),
        dryRun: flags.dryRun === true,
        runtime,
      }),
    ),
}
