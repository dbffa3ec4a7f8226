import { examine } from '../doctor/doctor.ts'
import { reportExamination } from '../doctor/report.ts'
import { applicationUrl, directUrl } from './database-urls.ts'
import { consoleUrls } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const doctor: Verb = {
  path: ['doctor'],
  summary: 'look at everything that has to be right for the other verbs to work',
  description: `Versions, connection, privileges, pooler, extensions, clock: each finding with what to do about it. Changes nothing.
✔ fine · note ! warning ✘ problem ? could not be checked. Exit codes: 0 healthy, 6 a problem, or an error kept a check from running.`,
  settings: ['databaseUrl', 'directUrl', 'connectTimeoutMs', 'poolerAdminUrls', 'poolerAdminPassword'],
  flags: [],
  examples: [
    { command: 'howdah doctor', meaning: 'Is this database ready for Howdah?' },
    {
      command: `howdah doctor --json | jq '.findings[] | select(.status != "ok")'`,
      meaning: 'What is not fine, for a program.',
    },
  ],
  run: async ({ config, runtime }) => {
    const direct = directUrl(config)
    const application = applicationUrl(config)
    return reportExamination(
      await examine({
        direct,
        application: application.url.reveal() === direct.url.reveal() ? undefined : application,
        poolerAdminUrls: consoleUrls(config),
        connectTimeoutMs: config.connectTimeoutMs,
        runtime,
      }),
    )
  },
}
