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
import type { Major } from './postgres.ts'
import { startThrowAwayServer } from './throw-away-server.ts'

/** URLs of a superuser on both. */
export interface ReplicaPair {
  readonly primary: string
  readonly replica: string
  readonly restartReplica: () => Promise<void>
}

/** A primary and a replica that streams from it, as `howdah up` makes them; `releases` ends both. */
export async function startReplicaPair(
  major: Major,
  releases: ReleaseStack,
  more: Readonly<Record<string, string>> = {},
): Promise<ReplicaPair> {
  const settings = { fsync: 'off', shared_buffers: '32MB', wal_receiver_status_interval: '1s', ...more }
  const primary = await startThrowAwayServer({ major, settings, volatile: true }, releases)
  const place = await mkdtemp(join(tmpdir(), 'howdah-pair-'))
  releases.push('removing the replica', () => rm(place, { recursive: true, force: true, maxRetries: 5 }))
  await mkdir(join(place, 'logs'))
  for (const folder of [place, join(place, 'logs')]) await giveTo(primary.options.user, folder)
  const port = await choosePort({ asked: 0, what: 'a replica', setting: 'nothing' })
  const url = new Secret(primary.url)
  const session = { url, setting: 'x', applicationName: 'test', connectTimeoutMs: 5000 }
  await using connection = await connect(session)
  const options = { primary: primary.options, place, port, password: new Secret('x') }
  let running = await startReplica(connection, options, quietRuntime())
  releases.push('stopping the replica', () => running.stop())
  return {
    primary: primary.url,
    replica: Object.assign(new URL(primary.url), { port: String(port) }).href,
    restartReplica: async () => {
      await running.stop()
      await using again = await connect(session)
      running = await startReplica(again, options, quietRuntime())
    },
  }
}

/** The same, gone when the test ends. */
export function startPair(major: Major, more: Readonly<Record<string, string>> = {}): Promise<ReplicaPair> {
  const releases = new ReleaseStack()
  onTestFinished(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })
  return startReplicaPair(major, releases, more)
}
