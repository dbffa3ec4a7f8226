import { join } from 'node:path'
import type { DatabaseFolder } from '../config/database-folder.ts'
import { step } from '../core/progress.ts'
import type { ReleaseStack } from '../core/release-stack.ts'
import { plural } from '../core/units.ts'
import { endLeftovers, PGBOUNCER_NUDGES, POSTGRES_NUDGES } from '../embedded/leftovers.ts'
import { findServerPackage, reachablePackage } from '../embedded/server-package.ts'
import { chooseServerUser, type ServerUser } from '../embedded/server-user.ts'
import { connect } from '../postgres/connect.ts'
import { type Contents, fill } from './contents.ts'
import { emptyHome, type Home, lockHome, openHome, packageShelter } from './home.ts'
import { addObservability, OBSERVABILITY_NUDGES } from './observability.ts'
import {
  addMetrics,
  addPooler,
  addReplica,
  type PlatformPart,
  portOf,
  reveal,
  type Surroundings,
} from './parts.ts'
import type { PlatformOptions } from './platform-options.ts'
import { ensureDatabase, localUrl, SUPERUSER, startPrimary } from './primary.ts'
import { removeReplica } from './replica.ts'
import { readState, removeLocalUrls, writeLocalUrls, writeState } from './state.ts'

export interface Platform extends Pick<Contents, 'passwords'> {
  readonly home: Home
  readonly folder: DatabaseFolder
  readonly parts: readonly PlatformPart[]
  /** The file with all URLs, passwords included. */
  readonly urlsFile: string
  /** What a person should know about this run. */
  readonly notes: readonly string[]
}

/**
 * Brings up everything that was asked for, in order; what is started is pushed on the stack.
 * @throws HowdahError of every part
 */
export async function bringUp(options: PlatformOptions, releases: ReleaseStack): Promise<Platform> {
  const { config, folder, runtime } = options
  const notes: string[] = []
  const user = await chooseServerUser()
  const server = await reachablePackage(await findServerPackage(config.postgres), user, packageShelter)
  const home = await prepareHome(options, user, releases)
  if (home.place !== home.directory) {
    notes.push(
      `The servers' files are in ${home.place}: the account "${user?.name}" may not enter ${home.directory}.`,
    )
  }
  const { state, isNew } = await readState(home)
  // Before there is any data: data without its password would be lost.
  await writeState(home, state)

  const primary = await step(
    runtime.progress,
    `Postgres ${server.major}`,
    () => startPrimary({ home, server, user, state, stateIsNew: isNew, port: config.port }, runtime),
    ({ running }) => `port ${running.port}`,
  )
  releases.push('stopping Postgres', primary.running.stop)
  if (primary.healed.length > 0) {
    notes.push(
      `A run before this one was killed; ${plural(primary.healed.length, 'process', 'processes')} it left running ended.`,
    )
  }
  const url = localUrl(SUPERUSER, state.password, primary.running.port, folder.name)
  const client = {
    url,
    setting: 'local.json',
    applicationName: 'howdah/up',
    connectTimeoutMs: config.connectTimeoutMs,
  }
  await ensureDatabase(
    { ...client, url: localUrl(SUPERUSER, state.password, primary.running.port, 'postgres') },
    folder.name,
  )
  const contents = await fill(options, url)
  notes.push(...contents.notes)

  const connection = await connect(client)
  releases.push('closing the connection', () => connection.close())
  const surroundings: Surroundings = { home, state, primary, connection, client, releases }
  const parts: PlatformPart[] = [
    { name: 'postgres', title: `Postgres ${server.major}`, url, server: primary.running },
  ]
  if (config.replica) parts.push(await addReplica(options, surroundings))
  else await removeReplica(connection, home.place)
  if (config.pooler) parts.push(await addPooler(options, surroundings))
  parts.push(...(await addMetrics(options, surroundings, parts)))
  if (config.observability) {
    const observability = await addObservability(options, surroundings, parts)
    parts.push(...observability.parts)
    notes.push(...observability.notes)
  }

  const ports = Object.fromEntries(parts.map(part => [part.name, portOf(part)]))
  await writeState(home, { ...state, ports: { ...state.ports, ...ports } })
  const urlsFile = await publish(home, folder, parts)
  releases.push('removing local.json', () => removeLocalUrls(home))
  return { home, folder, parts, urlsFile, passwords: contents.passwords, notes }
}

/** Directories of the servers beside the primary, and how each is ended. */
const BESIDE_PRIMARY = [
  ['alertmanager', OBSERVABILITY_NUDGES],
  ['prometheus', OBSERVABILITY_NUDGES],
  ['pooler', PGBOUNCER_NUDGES],
  ['replica', POSTGRES_NUDGES],
] as const

async function prepareHome(
  { cwd, config, fresh, runtime }: PlatformOptions,
  user: ServerUser | undefined,
  releases: ReleaseStack,
): Promise<Home> {
  const home = await openHome(cwd, config.home, user)
  releases.push('releasing the home', await lockHome(home))
  await removeLocalUrls(home)
  // Who deletes a home means its data too, and a clone of tomorrow may stand where one of yesterday stood.
  const orphaned = home.place !== home.directory && (await readState(home)).isNew
  // Whatever a killed run left, wanted again or not, and before ports are chosen: it holds those of the last run.
  for (const [name, nudges] of BESIDE_PRIMARY)
    await endLeftovers(join(home.place, name), nudges, runtime.clock)
  if (!fresh && !orphaned) return home
  await endLeftovers(join(home.place, 'data'), POSTGRES_NUDGES, runtime.clock)
  await emptyHome(home)
  return openHome(cwd, config.home, user)
}

async function publish(home: Home, folder: DatabaseFolder, parts: readonly PlatformPart[]): Promise<string> {
  const urlOf = (name: PlatformPart['name']) => {
    const part = parts.find(each => each.name === name)
    return part ? reveal(part.url) : undefined
  }
  const optional = {
    pooled: urlOf('pooler'),
    replica: urlOf('replica'),
    prometheus: urlOf('prometheus'),
    alertmanager: urlOf('alertmanager'),
  }
  return writeLocalUrls(home, {
    database: folder.name,
    urls: {
      direct: urlOf('postgres') ?? '',
      metrics: urlOf('metrics') ?? '',
      ...Object.fromEntries(Object.entries(optional).filter(([, url]) => url !== undefined)),
    },
  })
}
