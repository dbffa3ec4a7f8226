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

/** A primary and a replica that streams from it, as `howdah up` makes them; gone when the test ends. */
export async function startPair(
  major: Major,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly primary: string; readonly replica: string }> {
  const releases = new ReleaseStack()
  onTestFinished(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })
  const quick = { fsync: 'off', shared_buffers: '32MB', wal_receiver_status_interval: '1s' }
  const primary = await startThrowAwayServer(
    { major, settings: { ...quick, ...settings }, volatile: true },
    releases,
  )
  const place = await mkdtemp(join(tmpdir(), 'howdah-pair-'))
  releases.push('removing the replica', () => rm(place, { recursive: true, force: true, maxRetries: 5 }))
  await mkdir(join(place, 'logs'))
  for (const folder of [place, join(place, 'logs')]) await giveTo(primary.options.user, folder)
  const port = await choosePort({ asked: 0, what: 'a replica', setting: 'nothing' })
  const url = new Secret(primary.url)
  await using connection = await connect({
    url,
    setting: 'x',
    applicationName: 'test',
    connectTimeoutMs: 5000,
  })
  const replica = await startReplica(
    connection,
    { primary: primary.options, place, port, password: new Secret('x') },
    quietRuntime(),
  )
  releases.push('stopping the replica', () => replica.stop())
  return {
    primary: primary.url,
    replica: Object.assign(new URL(primary.url), { port: String(port) }).href,
  }
}
