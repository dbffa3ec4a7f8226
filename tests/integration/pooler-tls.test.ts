import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { createAuthority, HAS_OPENSSL, OPENSSL } from '../harness/certificates.ts'
import { cli } from '../harness/cli.ts'
import { LIMITS } from '../harness/pooled-database.ts'
import { AUTH_PASSWORD, IMAGE, poolerImage, startPoolerTask } from '../harness/pooler-image.ts'
import { execute, query } from '../harness/postgres.ts'
import { startTlsServer } from '../harness/tls-server.ts'

test.skipIf(!poolerImage || !HAS_OPENSSL)(
  `TLS on both sides: the server has to be who it says, clients have to encrypt, consoles are reached by name and address ${IMAGE} ${OPENSSL}`,
  async () => {
    const authority = await createAuthority()
    const other = await createAuthority()
    const { cert, key } = await authority.issue('pooler')
    const releases = new ReleaseStack()
    try {
      const postgres = await startTlsServer(authority, releases)
      const { port } = postgres.options
      await execute(postgres.url, 'CREATE ROLE app NOLOGIN')
      const set = await cli(['setup', 'pooler-auth', '--apply'], {
        env: { DATABASE_URL: postgres.url, HOWDAH_POOLER_AUTH_PASSWORD: AUTH_PASSWORD },
      })
      expect(set.exit, set.stderr).toBe(0)
      const shown = await cli(['pooler', 'rotate-credentials', '--to-file', '-', '--json'], {
        env: { DATABASE_URL: postgres.url },
      })
      const { username, password } = JSON.parse(shown.stdout)
      const settings = {
        target: { host: '127.0.0.1', port },
        databases: { app: { database: 'postgres' } },
        limits: LIMITS,
        auth: { user: 'pgbouncer_auth', database: 'app' },
        clientTls: { mode: 'require' as const },
        serverTls: { mode: 'verify-full' as const },
        clientLoginTimeoutSeconds: 3,
        serverLoginRetrySeconds: 1,
      }
      const env = { PGBOUNCER_TLS_CERT: cert, PGBOUNCER_TLS_KEY: key, PGBOUNCER_SERVER_CA: authority.ca }
      const task = await startPoolerTask({ settings, env })
      const connect = async (url: string, ssl: object | false) => {
        const client = new Client({ connectionString: url, ssl })
        client.on('error', () => undefined)
        try {
          await client.connect()
          return (await client.query('SELECT 1 AS one')).rows
        } finally {
          await client.end().catch(() => undefined)
        }
      }
      const ssl = { ca: authority.ca, servername: 'localhost' }
      expect(await connect(task.urlOf(username, password), ssl)).toEqual([{ one: 1 }])
      const encrypted =
        'SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename IN ($1, $2)'
      expect(await query(postgres.url, encrypted, [username, 'pgbouncer_auth'])).toEqual([{ ssl: true }])
      await expect(connect(task.urlOf(username, password), false)).rejects.toThrow(/SSL required/)
      await expect(connect(task.urlOf(username, password), { ...ssl, ca: other.ca })).rejects.toThrow(
        /certificate/,
      )
      const stranger = await startPoolerTask({ settings, env: { ...env, PGBOUNCER_SERVER_CA: other.ca } })
      await expect(connect(stranger.urlOf(username, password), ssl)).rejects.toThrow()
      expect(await stranger.logs()).toMatch(/TLS handshake failed|certificate verif/)
      const admin = Object.assign(new URL(task.adminUrl), { hostname: 'localhost' })
      admin.searchParams.set('sslmode', 'verify-full')
      admin.searchParams.set('sslrootcert', authority.caFile)
      const status = await cli(['pooler', 'status'], { env: { HOWDAH_POOLER_ADMIN_URLS: admin.href } })
      expect(status.exit, status.stdout + status.stderr).toBe(0)
      expect(await readFile(authority.caFile, 'utf8')).toBe(authority.ca)
    } finally {
      expect(await releases.releaseAll()).toEqual([])
    }
  },
)
