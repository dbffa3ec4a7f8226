import { escapeIdentifier } from 'pg'
import type { Check } from '../check.ts'
import { type Finding, finding, hidden, ok } from '../finding.ts'

/** `pg_settings` leaves out what a role may not see, where `current_setting` would raise an error. */
const STATEMENTS = `SELECT e.default_version AS available, e.installed_version AS installed,
  (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'shared_preload_libraries') AS preloaded
  FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_available_extensions e ON e.name = 'pg_stat_statements'`

const OUTDATED = `SELECT name, installed_version AS installed, default_version AS available
  FROM pg_catalog.pg_available_extensions
 WHERE installed_version IS NOT NULL AND installed_version <> default_version ORDER BY name`

interface StatementsRow {
  readonly available: string | null
  readonly installed: string | null
  readonly preloaded: string | null
}

interface OutdatedRow {
  readonly name: string
  readonly installed: string
  readonly available: string
}

/** The extension that query statistics come from, and those that an upgrade of the server left behind. */
export const extensions: Check = {
  key: 'extensions',
  needs: 'connection',
  examine: async ({ connection }) => [
    statements(await connection.row<StatementsRow>(STATEMENTS)),
    outdated(await connection.rows<OutdatedRow>(OUTDATED)),
  ],
}

/** The finding for `pg_stat_statements`; a `null` is not there, or not shown. */
export function statements({ available, installed, preloaded }: StatementsRow): Finding {
  const key = 'extensions.pg_stat_statements'
  const create = '`CREATE EXTENSION pg_stat_statements`'
  if (available === null && installed === null)
    return finding(
      key,
      'note',
      'pg_stat_statements does not come with this server: there are no statistics of queries',
      "Install the server's contrib package (Debian: postgresql-contrib).",
    )
  if (preloaded === null)
    return hidden(
      key,
      `pg_stat_statements is ${installed === null ? 'not created' : `created (${installed})`}; whether the server has loaded it is hidden from this role`,
      'Grant the role pg_monitor, or look at shared_preload_libraries as a superuser.',
    )
  const loaded = preloaded.split(',').some(library => library.trim() === 'pg_stat_statements')
  if (!loaded)
    return finding(
      key,
      'note',
      'pg_stat_statements is not loaded: there are no statistics of queries',
      `Add it to shared_preload_libraries (on RDS in the parameter group), restart the server, then ${create}.`,
    )
  if (installed === null)
    return finding(
      key,
      'note',
      'pg_stat_statements is loaded and not created in this database: its statistics cannot be read',
      `As a superuser or the database's owner: ${create}.`,
    )
  return ok(key, `pg_stat_statements ${installed} is loaded and created`)
}

function outdated(rows: readonly OutdatedRow[]): Finding {
  const key = 'extensions.versions'
  if (rows.length === 0) return ok(key, 'every extension has the version the server brings along')
  const list = rows.map(({ name, installed, available }) => `${name} ${installed} (there is ${available})`)
  const commands = rows.map(({ name }) => `ALTER EXTENSION ${escapeIdentifier(name)} UPDATE`)
  return finding(
    key,
    'note',
    `an upgrade of the server left behind: ${list.join(', ')}`,
    `\`${commands.join('; ')}\``,
  )
}
