import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { choosePort } from '../../runner/embedded/ports.ts'
import { giveTo } from '../../runner/embedded/server-user.ts'
import { startReplica } from '../../runner/local/replica.ts'
import { connect } from '../../runner/postgres/connect.ts'
import { startThrowAwayServer, type ThrowAwayServer } from './throw-away-server.ts'

export interface ReplicatedServer {
  readonly primary: ThrowAwayServer
  /** A superuser's URL of the replica's `postgres` database. */
  readonly replicaUrl: string
}

/** A server of the test's own and a replica that streams from it, as `howdah up` makes them; gone when the test ends. */
export async function startReplicatedServer(
  major: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<ReplicatedServer> {
  const releases = new ReleaseStack()
  onTestFinished(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })
  const common = { fsync: 'off', shared_buffers: '32MB', wal_receiver_status_interval: '1s' }
  const primary = await startThrowAwayServer(
    { major, settings: { ...common, ...settings }, volatile: true },
    releases,
  )
  const place = await mkdtemp(join(tmpdir(), 'howdah-replica-'))
  releases.push('removing the replica', () => rm(place, { recursive: true, force: true, maxRetries: 5 }))
  await mkdir(join(place, 'logs'))
  for (const folder of [place, join(place, 'logs')]) await giveTo(primary.options.user, folder)
  const port = await choosePort({ asked: 0, what: 'a replica', setting: 'nothing' })
  await using connection = await connect({
    url: new Secret(primary.url),
    setting: 'nothing',
    applicationName: 'test',
    connectTimeoutMs: 5000,
  })
  const replica = await startReplica(
    connection,
    { primary: primary.options, place, port, password: new Secret(crypto.randomUUID()) },
    quietRuntime(),
  )
  releases.push('stopping the replica', () => replica.stop())
  return { primary, replicaUrl: Object.assign(new URL(primary.url), { port: String(port) }).href }
}
