import { resumePoolers } from '../pooler/pooler.ts'
import { reportFleet } from '../pooler/report.ts'
import { CONSOLE_SETTINGS, consoleUrls, DRY_RUN } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const poolerResume: Verb = {
  path: ['pooler', 'resume'],
  summary: 'let the clients of every PgBouncer go on',
  description:
    'What was not paused is left as it is; where one cannot be reached the others go on all the same.\nExit codes: 0 all go on, 4 one does not.',
  settings: CONSOLE_SETTINGS,
  flags: [DRY_RUN],
  examples: [{ command: 'howdah pooler resume', meaning: 'After a pause, or a run that was killed in one.' }],
  run: async ({ config, flags, runtime }) =>
    reportFleet(
      await resumePoolers({
        urls: consoleUrls(config),
        connectTimeoutMs: config.connectTimeoutMs,
        dryRun: flags.dryRun === true,
        runtime,
      }),
    ),
}
