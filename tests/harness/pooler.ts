import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { onTestFinished } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { choosePort } from '../../runner/embedded/ports.ts'
import { chooseServerUser, giveTo } from '../../runner/embedded/server-user.ts'
import { findPgBouncer, startPooler } from '../../runner/local/pooler.ts'
import { connect } from '../../runner/postgres/connect.ts'
import type { TestDatabase } from './postgres.ts'

const path = env.PATH ?? ''

/** The program, where this machine has it. */
export const pgbouncer = await findPgBouncer(path).catch(() => undefined)

export interface TestPooler {
  /** The test's database by way of the pooler. */
  readonly url: string
  readonly adminUrl: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/** PgBouncer in transaction mode before the test's server, on a port of its own or a given one; gone when the test ends. */
export async function startTestPooler(database: TestDatabase, onPort?: number): Promise<TestPooler> {
  const user = await chooseServerUser()
  const place = await mkdtemp(join(tmpdir(), 'howdah-pooler-'))
  for (const folder of ['', 'pooler', 'logs']) {
    await mkdir(join(place, folder), { recursive: true })
    await giveTo(user, join(place, folder))
  }
  const port = onPort ?? (await choosePort({ asked: 0, what: 'a test pooler', setting: 'nothing' }))
  const direct = new URL(database.url)
  const by = (changes: Partial<URL>) =>
    Object.assign(new URL(database.url), { port: String(port), ...changes }).href
  const url = by({})
  const options = (text: string) => ({
    url: new Secret(text),
    setting: 'databaseUrl',
    applicationName: 'test',
    connectTimeoutMs: 5000,
  })
  await using connection = await connect(options(database.url))
  const server = await startPooler(
    connection,
    {
      place,
      user,
      port,
      postgresPort: Number(direct.port),
      role: direct.username,
      client: options(url),
      path,
    },
    quietRuntime(),
  )
  onTestFinished(async () => {
    await server.stop()
    await rm(place, { recursive: true, force: true })
  })
  return { url, adminUrl: by({ pathname: '/pgbouncer' }), port, stop: server.stop }
}
