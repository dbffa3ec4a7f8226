import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { renderPgbouncerIni } from '../../runner/pooler/pooler.ts'
import { cli } from './cli.ts'
import { ADMIN_PASSWORD, AUTH_PASSWORD, IMAGE_VERSION, type TaskOptions } from './pooler-image.ts'
import { createDatabase, execute, type Major, query, type TestDatabase } from './postgres.ts'

export const LIMITS = { defaultPoolSize: 5, reservePoolSize: 1, maxDbConnections: 12, maxClientConn: 200 }

export interface PooledDatabase extends TestDatabase {
  /** Of a role that owns the database and may make roles, and is no superuser: what RDS gives. */
  readonly ownerUrl: string
  /** The role whose privileges both users have. */
  readonly role: string
  readonly settings: TaskOptions['settings']
  readonly environment: () => Record<string, string>
  readonly rotate: (...args: string[]) => Promise<{ readonly user: string; readonly password: string }>
  readonly other: (user: string) => string
  readonly sleepers: () => Promise<number>
}

/** A database with our way to look passwords up, set up by nobody who may read pg_authid; its roles go with it. */
export async function createPooledDatabase(major: Major = 18): Promise<PooledDatabase> {
  const db = await createDatabase({ major })
  const [owner, role, auth] = [`${db.name}_owner`, db.name, `${db.name}_auth`]
  await execute(
    db.url,
    `CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'owner'`,
    `ALTER DATABASE ${db.name} OWNER TO ${owner}`,
    ...(major < 16 ? [] : [`GRANT CREATE ON SCHEMA public TO ${owner}`]),
  )
  const ownerUrl = Object.assign(new URL(db.url), { username: owner, password: 'owner' }).href
  await execute(ownerUrl, `CREATE ROLE ${role} NOLOGIN`)
  const set = await cli(['setup', 'pooler-auth', '--apply', '--role', auth], {
    env: { DATABASE_URL: ownerUrl, HOWDAH_POOLER_AUTH_PASSWORD: AUTH_PASSWORD },
  })
  expect(set.exit, set.stderr).toBe(0)
  const place = await mkdtemp(join(tmpdir(), 'howdah-credential-'))
  const { hostname: host, port } = new URL(db.url)
  const settings: TaskOptions['settings'] = {
    target: { host, port: Number(port) },
    databases: { app: { database: db.name } },
    limits: LIMITS,
    auth: { user: auth, database: 'app' },
    // The image's configuration would make a test's short waits long.
    serverLoginRetrySeconds: 1,
  }
  return {
    ...db,
    ownerUrl,
    role,
    settings,
    environment: () => ({
      PGBOUNCER_INI: renderPgbouncerIni({ ...settings, version: IMAGE_VERSION }),
      PGBOUNCER_AUTH_PASSWORD: AUTH_PASSWORD,
      PGBOUNCER_ADMIN_PASSWORD: ADMIN_PASSWORD,
    }),
    rotate: async (...args) => {
      const file = join(place, 'credential.json')
      const result = await cli(['pooler', 'rotate-credentials', '--role', role, '--to-file', file, ...args], {
        env: { DATABASE_URL: ownerUrl },
      })
      expect(result.exit, result.stderr).toBe(0)
      const { username: user, password } = JSON.parse(await readFile(file, 'utf8'))
      expect(result.stdout + result.stderr).not.toContain(password)
      return { user, password }
    },
    other: user => (user.endsWith('_a') ? `${role}_b` : `${role}_a`),
    sleepers: async () => {
      const rows = await query(
        db.adminUrl,
        "SELECT FROM pg_stat_activity WHERE datname = $1 AND query LIKE '%pg_sleep(60)%' AND state = 'active'",
        [db.name],
      )
      return rows.length
    },
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]()
      await rm(place, { recursive: true, force: true })
      for (const name of [`${role}_a`, `${role}_b`, role, auth, owner])
        await execute(db.adminUrl, `DROP ROLE IF EXISTS ${name}`).catch(() => undefined)
    },
  }
}

/** Another server with the same roles and verifiers, and a database of the same name: as a restored copy has them. */
export async function standInFor(db: PooledDatabase, major: Major): Promise<TestDatabase> {
  const [auth] = [`${db.name}_auth`]
  const copy = await createDatabase({ major, name: db.name })
  const admin = copy.adminUrl
  await execute(admin, `CREATE ROLE ${db.role} NOLOGIN`)
  const set = await cli(['setup', 'pooler-auth', '--apply', '--role', auth], {
    env: { DATABASE_URL: copy.url, HOWDAH_POOLER_AUTH_PASSWORD: AUTH_PASSWORD },
  })
  expect(set.exit, set.stderr).toBe(0)
  const rows = await query<{ username: string; verifier: string }>(
    db.url,
    'SELECT username, verifier FROM pgbouncer.credential',
  )
  for (const { username, verifier } of rows)
    await execute(
      copy.url,
      `CREATE ROLE ${username} LOGIN PASSWORD '${verifier}' IN ROLE ${db.role}`,
      `INSERT INTO pgbouncer.credential VALUES ('${username}', '${verifier}')`,
    )
  return {
    ...copy,
    [Symbol.asyncDispose]: async () => {
      await copy[Symbol.asyncDispose]()
      for (const name of [`${db.role}_a`, `${db.role}_b`, db.role, auth])
        await execute(admin, `DROP ROLE IF EXISTS ${name}`).catch(() => undefined)
    },
  }
}
