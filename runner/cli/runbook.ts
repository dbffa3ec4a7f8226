import { HowdahError } from '../core/errors.ts'
import { reportDiagnosis, reportPage, reportPages } from '../runbook/report.ts'
import { diagnose, readPage, readPages } from '../runbook/runbook.ts'
import { directUrl } from './database-urls.ts'
import { consoleUrls } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const runbook: Verb = {
  path: ['runbook'],
  argument: { name: '[alert]', help: 'the name of the alert; absent: list them all' },
  summary: 'print what to do about an alert, or ask its questions of the database',
  description:
    'Each alert has a page: Meaning, Impact, Diagnosis, Mitigation, Verify, Escalate. Plain text on a terminal, Markdown elsewhere.\n' +
    '--diagnose puts the questions of its Diagnosis to the database of --direct-url and to every PgBouncer of --pooler-admin-urls:\n' +
    'in read-only transactions, 5 s each, waiting for no lock. What sessions run is hidden, since it may hold data.\n' +
    'Exit codes: 0 printed, or all questions answered or skipped; 2 no such alert; 4 a question failed, nobody answered, or the role does not see all.',
  settings: ['databaseUrl', 'directUrl', 'connectTimeoutMs', 'poolerAdminUrls', 'poolerAdminPassword'],
  flags: [
    { name: '--diagnose', help: 'ask the questions of the page and show the answers' },
    { name: '--show-queries', help: 'with --diagnose: show what sessions run; it may hold data' },
  ],
  examples: [
    { command: 'howdah runbook', meaning: 'Every alert with its severity.' },
    { command: 'howdah runbook PgBlockedSessions', meaning: 'What it means and what to do.' },
    {
      command: 'howdah runbook PgBlockedSessions --diagnose',
      meaning: 'Who waits for whom, at this moment.',
    },
    {
      command: 'howdah runbook PgReplicationBroken --diagnose --direct-url "$REPLICA_URL"',
      meaning: 'Questions for a replica, asked of it.',
    },
  ],
  run: async ({ argument, config, flags, runtime, terminal }) => {
    const [asks, showQueries] = [flags.diagnose === true, flags.showQueries === true]
    const usage = (problem: string) => new HowdahError('usage-invalid', { problem, command: 'runbook' })
    if (showQueries && !asks) throw usage('--show-queries shows nothing without --diagnose')
    if (argument === undefined) {
      if (asks) throw usage('--diagnose needs the name of an alert')
      return reportPages(await readPages())
    }
    const page = await readPage(argument)
    if (!asks) return reportPage(page, terminal)
    const { connectTimeoutMs } = config
    const poolerAdminUrls = consoleUrls(config)
    const database = () => directUrl(config)
    return reportDiagnosis(
      page,
      await diagnose(page, { database, poolerAdminUrls, connectTimeoutMs, showQueries, runtime }),
    )
  },
}
