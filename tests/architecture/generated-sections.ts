import { stackSettingsTable, tiersTable } from '../../infra/settings/settings-table.ts'
import { VERBS } from '../../runner/cli/verbs.ts'
import { hookFactsTable } from '../../runner/config/hook-variables.ts'
import { settingsTable } from '../../runner/config/present.ts'
import { ERRORS } from '../../runner/core/error-table.ts'
import { MIGRATION_EVENTS } from '../../runner/migrate/migrate.ts'
import { billedTable } from './billed-resources.ts'
import { infrastructurePicture } from './infrastructure-picture.ts'

/**
 * The parts of the documents that are made from the code, by file and mark: `<!-- settings -->` … `<!-- /settings -->`.
 * `npm run docs` writes them; a test fails when one is stale.
 */
export const GENERATED: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'README.md': { settings: settingsTable, verbs: verbsTable, 'hook-facts': hookFactsTable },
  'infra/README.md': {
    tiers: tiersTable,
    'stack-settings': stackSettingsTable,
    billed: billedTable,
    picture: infrastructurePicture,
  },
  'ARCHITECTURE.md': { errors: errorsTable, events: eventsTable },
}

function verbsTable(): string {
  const rows = VERBS.map(verb => `| \`howdah ${verb.path.join(' ')}\` | ${verb.summary} |`)
  return ['| verb | what it does |', '| --- | --- |', ...rows].join('\n')
}

function errorsTable(): string {
  const rows = Object.entries(ERRORS).map(([code, { exit }]) => `| \`${code}\` | ${exit} |`)
  return ['| code | exit |', '| --- | --- |', ...rows].join('\n')
}

function eventsTable(): string {
  const rows = Object.entries(MIGRATION_EVENTS).map(([name, { level, meaning, fields }]) => {
    const described = Object.entries(fields).map(
      ([field, { kind, meaning }]) => `\`${field}\` (${kind}): ${meaning}`,
    )
    return `| \`${name}\` | ${level} | ${meaning} | ${described.join('; ')} |`
  })
  return ['| event | level | meaning | fields |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

const marked = (mark: string) => new RegExp(`(<!-- ${mark} -->\\n)([\\s\\S]*?)(\\n?<!-- /${mark} -->)`)

/** What a document has between two marks; `undefined` when it has no such marks. */
export function sectionOf(text: string, mark: string): string | undefined {
  return marked(mark).exec(text)?.[2]?.trim()
}

export function withSection(text: string, mark: string, content: string): string {
  return text.replace(
    marked(mark),
    (_, open: string, _old: string, close: string) => `${open}\n${content}\n${close}`,
  )
}

/** A Markdown table without the padding a formatter gives it. */
export function tableRows(table: string | undefined): string[] {
  return (table ?? '').split('\n').map(line => line.replace(/\s+/g, ' ').replace(/-+/g, '-'))
}
