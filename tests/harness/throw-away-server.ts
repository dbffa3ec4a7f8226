import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../runner/core/clock.ts'
import { sendSignal } from '../../runner/core/processes.ts'
import type { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { initialise } from '../../runner/embedded/data-directory.ts'
import { endLeftovers, POSTGRES_NUDGES } from '../../runner/embedded/leftovers.ts'
import { choosePort, LOOPBACK } from '../../runner/embedded/ports.ts'
import { type ServerOptions, startServer } from '../../runner/embedded/postgres-server.ts'
import { findServerPackage, reachablePackage } from '../../runner/embedded/server-package.ts'
import { chooseServerUser, giveTo } from '../../runner/embedded/server-user.ts'

export interface ThrowAwayOptions {
  readonly major: number
  /** Server settings beyond the server's defaults. */
  readonly settings: Readonly<Record<string, string>>
  /** initdb does not wait for the disk; for tests, never for benchmarks. */
  readonly volatile: boolean
}

/** A server that can be killed and started again on the same data and port. */
export interface ThrowAwayServer {
  /** A superuser's URL of the `postgres` database. */
  readonly url: string
  /** How it runs, for a replica of it. */
  readonly options: ServerOptions
  /** SIGKILL to the postmaster: its backends notice and end, without a word to their clients. */
  readonly crash: () => Promise<void>
  /** Starts it again, which replays what the crash left in the log. */
  readonly restart: () => Promise<void>
}

/** Starts a server; `releases` stops it and removes its data. */
export async function startThrowAwayServer(
  { major, settings, volatile }: ThrowAwayOptions,
  releases: ReleaseStack,
): Promise<ThrowAwayServer> {
  const home = await mkdtemp(join(tmpdir(), `howdah-server-${major}-`))
  releases.push(`removing ${home}`, () => rm(home, { recursive: true, force: true, maxRetries: 5 }))
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
  const options = { what, server, user, dataDirectory, port, logFile, startTimeoutMs: 60_000, settings }
  const start = () => startServer(options, quietRuntime())
  let running = await start()
  releases.push(`stopping ${what}`, () => running.stop())
  return {
    url: `postgresql://howdah:${password.reveal()}@${LOOPBACK}:${port}/postgres`,
    options,
    crash: async () => {
      const [pid] = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n')
      sendSignal(Number(pid), 'SIGKILL')
      await running.ended
    },
    restart: async () => {
      // Backends that outlive their postmaster hold the shared memory.
      await endLeftovers(dataDirectory, POSTGRES_NUDGES, systemClock)
      running = await start()
    },
  }
}
