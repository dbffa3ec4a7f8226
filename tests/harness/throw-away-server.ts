import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { initialise } from '../../runner/embedded/data-directory.ts'
import { choosePort, LOOPBACK } from '../../runner/embedded/ports.ts'
import { startServer } from '../../runner/embedded/postgres-server.ts'
import { findServerPackage, reachablePackage } from '../../runner/embedded/server-package.ts'
import { chooseServerUser, giveTo } from '../../runner/embedded/server-user.ts'

export interface ThrowAwayOptions {
  readonly major: number
  /** Server settings beyond the server's defaults. */
  readonly settings: Readonly<Record<string, string>>
  /** initdb does not wait for the disk; for tests, never for benchmarks. */
  readonly volatile: boolean
}

/** Starts a server; `releases` stops it and removes its data. @returns a superuser's URL */
export async function startThrowAwayServer(
  options: ThrowAwayOptions,
  releases: ReleaseStack,
): Promise<string> {
  const { major, settings, volatile } = options
  const home = await mkdtemp(join(tmpdir(), `howdah-server-${major}-`))
  releases.push(`removing ${home}`, () => rm(home, { recursive: true, force: true }))
  const user = await chooseServerUser()
  await giveTo(user, home)
  const server = await reachablePackage(
    await findServerPackage(major),
    user,
    join(tmpdir(), 'howdah-test-packages'),
  )
  const dataDirectory = join(home, 'data')
  const password = new Secret(crypto.randomUUID())
  await initialise(dataDirectory, { server, user, superuser: 'howdah', password, volatile })
  const what = `Postgres ${major}`
  const port = await choosePort({ asked: 0, what, setting: 'nothing' })
  const logFile = join(home, 'server.log')
  const running = await startServer(
    { what, server, user, dataDirectory, port, logFile, startTimeoutMs: 60_000, settings },
    quietRuntime(),
  )
  releases.push(`stopping ${what}`, running.stop)
  return `postgresql://howdah:${password.reveal()}@${LOOPBACK}:${port}/postgres`
}
