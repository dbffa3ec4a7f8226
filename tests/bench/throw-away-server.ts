import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { initialise } from '../../runner/local/data-directory.ts'
import { choosePort, LOOPBACK } from '../../runner/local/ports.ts'
import { startServer } from '../../runner/local/postgres-server.ts'
import { findServerPackage, reachablePackage } from '../../runner/local/server-package.ts'
import { chooseServerUser, giveTo } from '../../runner/local/server-user.ts'

/**
 * A server of PostgreSQL's defaults but for what is named here, so that numbers taken on it can be compared.
 * `releases` stops it and removes its data.
 * @returns a superuser's URL
 */
export async function startThrowAwayServer(major: number, releases: ReleaseStack): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'howdah-bench-'))
  releases.push(`removing ${home}`, () => rm(home, { recursive: true, force: true }))
  const user = await chooseServerUser()
  await giveTo(user, home)
  const server = await reachablePackage(
    await findServerPackage(major),
    user,
    join(tmpdir(), 'howdah-test-packages'),
  )
  const dataDirectory = join(home, 'data')
  const password = crypto.randomUUID()
  await initialise(dataDirectory, { server, user, superuser: 'howdah', password: new Secret(password) })
  const port = await choosePort({ asked: 0, what: 'the benchmark server', setting: 'nothing' })
  const running = await startServer(
    {
      what: `Postgres ${major}`,
      server,
      user,
      dataDirectory,
      port,
      logFile: join(home, 'server.log'),
      startTimeoutMs: 60_000,
      settings: { shared_buffers: '512MB', max_wal_size: '4GB' },
    },
    quietRuntime(),
  )
  releases.push(`stopping Postgres ${major}`, running.stop)
  return `postgresql://howdah:${password}@${LOOPBACK}:${port}/postgres`
}
