import { randomBytes } from 'node:crypto'
import type { AccessSettings } from '../../runner/names.ts'
import { type CliResult, cli } from './cli.ts'
import { createDatabase, execute, type Major, query, type TestDatabase } from './postgres.ts'

export const PASSWORD = 'canary-of-access'

/** A database as RDS makes one: it belongs to a master user who is no superuser. */
export interface AccessStage extends AsyncDisposable {
  readonly db: TestDatabase
  readonly major: Major
  readonly settings: AccessSettings
  /** Names of the roles by kind, and of the master. */
  readonly names: Readonly<Record<StageRole, string>>
  /** The URL of the database as one of the roles, which has a password by then. */
  readonly urlOf: (role: string) => Promise<string>
  readonly masterUrl: string
  readonly setup: (...args: string[]) => Promise<CliResult>
  /** What a database of the stage would be called besides. */
  readonly otherDatabase: string
}

type StageRole = 'owner' | 'migrator' | 'application' | 'readOnly' | 'monitor' | 'pooler' | 'master'

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/**
 * Roles belong to the whole server: each stage has its own, with names that want quoting.
 * @param over what the settings have besides roles and the database
 */
export async function accessStage(major: Major = 18, over: AccessSettings = {}): Promise<AccessStage> {
  const db = await createDatabase({ major })
  const prefix = `it's "é;--${randomBytes(4).toString('hex')}`
  const names = {
    owner: `${prefix} own`,
    migrator: `${prefix} mig`,
    application: `${prefix} app`,
    readOnly: `${prefix} ro`,
    monitor: `${prefix} mon`,
    pooler: `${prefix} pool`,
    master: `${prefix} master`,
  }
  const { master, ...roles } = names
  const otherDatabase = `${db.name} other`
  const admin = major >= 16 ? ' WITH ADMIN OPTION' : ''
  await execute(
    db.adminUrl,
    `CREATE ROLE ${quoted(master)} LOGIN CREATEROLE CREATEDB PASSWORD '${PASSWORD}'`,
    `GRANT pg_monitor TO ${quoted(master)}${admin}`,
    `ALTER DATABASE ${quoted(db.name)} OWNER TO ${quoted(master)}`,
  )
  const settings: AccessSettings = { roles, databases: [{ name: db.name }], ...over }
  const as = (role: string) => {
    const url = new URL(db.url)
    url.username = encodeURIComponent(role)
    url.password = PASSWORD
    return url.href
  }
  return {
    db,
    major,
    settings,
    names,
    otherDatabase,
    masterUrl: as(master),
    urlOf: async role => {
      await execute(db.adminUrl, `ALTER ROLE ${quoted(role)} PASSWORD '${PASSWORD}'`)
      return as(role)
    },
    setup: (...args) =>
      cli(['setup', 'access', ...args], {
        env: { DATABASE_URL: as(master), HOWDAH_ACCESS: JSON.stringify(settings) },
      }),
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]()
      await execute(db.adminUrl, `DROP DATABASE IF EXISTS ${quoted(otherDatabase)} WITH (FORCE)`)
      const mine = await query<{ name: string }>(
        db.adminUrl,
        'SELECT rolname AS name FROM pg_roles WHERE starts_with(rolname, $1)',
        [prefix],
      )
      const list = mine.map(({ name }) => quoted(name)).join(', ')
      // In the order of their memberships, whoever granted them.
      await execute(db.adminUrl, `DROP OWNED BY ${list} CASCADE`, `DROP ROLE ${list}`)
    },
  }
}
