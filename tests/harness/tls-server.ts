import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReleaseStack } from '../../runner/core/release-stack.ts'
import { giveTo } from '../../runner/embedded/server-user.ts'
import type { Authority } from './certificates.ts'
import { execute } from './postgres.ts'
import { startThrowAwayServer, type ThrowAwayServer } from './throw-away-server.ts'

/** A server of its own that speaks TLS, with a certificate of this authority for 127.0.0.1 and localhost. */
export async function startTlsServer(authority: Authority, releases: ReleaseStack): Promise<ThrowAwayServer> {
  const server = await startThrowAwayServer(
    { major: 18, settings: { fsync: 'off' }, volatile: true },
    releases,
  )
  const { dataDirectory, user } = server.options
  const { certFile, keyFile } = await authority.issue('server')
  for (const [from, to] of [
    [certFile, 'server.crt'],
    [keyFile, 'server.key'],
  ] as const) {
    await copyFile(from, join(dataDirectory, to))
    await giveTo(user, join(dataDirectory, to))
  }
  await execute(server.url, 'ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()')
  return server
}
