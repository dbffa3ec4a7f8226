import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { startThrowAwayServer, type ThrowAwayServer } from './throw-away-server.ts'

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
  const servers = new Map<number, Promise<ThrowAwayServer>>()
  const broker = createServer((request, response) => {
    const major = Number(request.url?.slice(1))
    const server =
      servers.get(major) ?? startThrowAwayServer({ major, settings: SETTINGS, volatile: true }, releases)
    servers.set(major, server)
    server.then(
      ({ url }) => response.end(url),
      error => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>(resolve => broker.listen(0, HOST, resolve))
  const address = broker.address()
  if (typeof address !== 'object' || !address) throw new Error('the broker has no address')
  project.provide('serverBroker', `http://${HOST}:${address.port}`)
  return async () => {
    broker.close()
    await Promise.allSettled(servers.values())
    const problems = await releases.releaseAll()
    if (problems.length > 0) throw new Error(problems.join('\n'))
  }
}

const HOST = '127.0.0.1'

/** Nothing here has to outlive a power cut, and several suites use one server at once. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  max_prepared_transactions: '10',
  shared_buffers: '64MB',
  shared_preload_libraries: 'pg_stat_statements',
}
