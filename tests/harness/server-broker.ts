import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { systemClock } from '../../runner/core/clock.ts'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { initialise } from '../../runner/local/data-directory.ts'
import { choosePort, LOOPBACK } from '../../runner/local/ports.ts'
import { startServer } from '../../runner/local/postgres-server.ts'
import { findServerPackage, reachablePackage } from '../../runner/local/server-package.ts'
import { chooseServerUser, giveTo } from '../../runner/local/server-user.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test asks for a server: `GET <broker>/<major>` answers with a superuser's URL. */
    serverBroker: string
  }
}

/**
 * Starts one real server per major version for the whole test run, the first time a test asks for it.
 * A run that needs none (architecture, unit) pays nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const releases = new ReleaseStack()
  const servers = new Map<number, Promise<string>>()
  const broker = createServer((request, response) => {
    const major = Number(request.url?.slice(1))
    const url = servers.get(major) ?? start(major, releases)
    servers.set(major, url)
    url.then(
      text => response.end(text),
      error => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>(resolve => broker.listen(0, LOOPBACK, resolve))
  const address = broker.address()
  if (typeof address !== 'object' || !address) throw new Error('the broker has no address')
  project.provide('serverBroker', `http://${LOOPBACK}:${address.port}`)
  return async () => {
    broker.close()
    await Promise.allSettled(servers.values())
    const problems = await releases.releaseAll()
    if (problems.length > 0) throw new Error(problems.join('\n'))
  }
}

async function start(major: number, releases: ReleaseStack): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), `howdah-test-${major}-`))
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
  await initialise(dataDirectory, {
    server,
    user,
    superuser: 'howdah',
    password: new Secret(password),
    volatile: true,
  })
  const port = await choosePort({ asked: 0, what: 'a test server', setting: 'nothing' })
  const running = await startServer(
    {
      what: `Postgres ${major}`,
      server,
      user,
      dataDirectory,
      port,
      logFile: join(home, 'server.log'),
      startTimeoutMs: 30_000,
      settings: {
        fsync: 'off',
        full_page_writes: 'off',
        max_connections: '200',
        max_prepared_transactions: '10',
        shared_buffers: '64MB',
        shared_preload_libraries: 'pg_stat_statements',
      },
    },
    quietRuntime({ clock: systemClock }),
  )
  releases.push(`stopping Postgres ${major}`, running.stop)
  return `postgresql://howdah:${password}@${LOOPBACK}:${port}/postgres`
}
