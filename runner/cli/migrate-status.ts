import { status, summarizeStatus } from '../migrate/migrate.ts'
import { reportStatus } from '../migrate/report.ts'
import { MIGRATE_SETTINGS, migrateOptions } from './migrate-settings.ts'
import type { Verb } from './verb.ts'

export const migrateStatus: Verb = {
  path: ['migrate', 'status'],
  summary: 'tell which migrations are applied, pending, edited or failed',
  description: 'Changes nothing and takes no lock. Exit codes: 0 up to date, 6 not.',
  settings: [...MIGRATE_SETTINGS, 'summaryFile'],
  flags: [],
  examples: [
    { command: 'howdah migrate status', meaning: 'One line a migration, and what deploy would do next.' },
    { command: 'howdah migrate status --json | jq .ok', meaning: 'A gate in a pipeline.' },
  ],
  run: async context => {
    const outcome = await status(await migrateOptions(context))
    return { ...reportStatus(outcome), markdown: () => summarizeStatus(outcome) }
  },
}
