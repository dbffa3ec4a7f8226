import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { isAlive, ownPid, startTimeOf } from '../core/processes.ts'
import type { ReleaseStack } from '../core/release-stack.ts'
import type { Runtime } from '../core/runtime.ts'
import { Secret } from '../core/secret.ts'
import { initialise } from './data-directory.ts'
import { endLeftovers, type Nudge } from './leftovers.ts'
import { choosePort, isFree, LOOPBACK } from './ports.ts'
import { type RunningServer, type ServerOptions, startServer } from './postgres-server.ts'
import { findServerPackage, reachablePackage } from './server-package.ts'
import { canEnter, chooseServerUser, giveTo, type ServerUser, SHELTER } from './server-user.ts'

/** Its data may be lost at any time: nothing waits for the disk, and nothing runs in the background. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  shared_buffers: '16MB',
  max_connections: '20',
  autovacuum: 'off',
  jit: 'off',
}

const PREFIX = 'howdah-shadow-'
/** A name nobody else has: a grant to a table's owner cannot be told from what he may do anyway. */
const SUPERUSER = 'howdah_shadow'

/** How a shadow is ended whose run was killed: nothing in it is worth an orderly end. */
const SHADOW_NUDGES: readonly Nudge[] = [
  { signal: 'SIGQUIT', patienceMs: 5000 },
  { signal: 'SIGKILL', patienceMs: 5000 },
]

/**
 * Starts a throw-away server from npm in a directory of its own; `releases` ends it and removes the directory. What a run
 * that was killed left behind is ended and removed first.
 * @returns a superuser's URL of the database `postgres`
 * @throws HowdahError server-package-missing, server-start-failed
 */
export async function startShadowServer(
  major: number,
  runtime: Runtime,
  releases: ReleaseStack,
): Promise<Secret> {
  const user = await chooseServerUser()
  const place = await reachablePlace(user)
  await removeAbandoned(place, user, runtime)
  const home = await mkdtemp(join(place, PREFIX))
  releases.push(`removing ${home}`, () => rm(home, { recursive: true, force: true, maxRetries: 3 }))
  await writeFile(join(home, OWNER), JSON.stringify({ pid: ownPid, startTime: await startTimeOf(ownPid) }))
  await giveTo(user, home)
  const found = await findServerPackage(major)
  const server = await reachablePackage(found, user, join(SHELTER, 'packages'))
  const dataDirectory = join(home, 'data')
  const password = new Secret(crypto.randomUUID())
  await initialise(dataDirectory, { server, user, superuser: SUPERUSER, password, volatile: true })
  const what = `the shadow server (PostgreSQL ${major})`
  const logFile = join(home, 'server.log')
  const options = { what, server, user, dataDirectory, logFile, settings: SETTINGS, startTimeoutMs: 60_000 }
  const running = await startOnFreePort(options, runtime)
  releases.push(`stopping ${what}`, running.stop)
  return new Secret(`postgresql://${SUPERUSER}:${password.reveal()}@${LOOPBACK}:${running.port}/postgres`)
}

/** A port found free can be taken before the server has it. */
async function startOnFreePort(
  options: Omit<ServerOptions, 'port'>,
  runtime: Runtime,
): Promise<RunningServer> {
  for (let round = 1; ; round++) {
    const port = await choosePort({ asked: 0, what: options.what, setting: 'nothing' })
    try {
      return await startServer({ ...options, port }, runtime)
    } catch (error) {
      if (round === 3 || (await isFree(port))) throw error
    }
  }
}

/** The system's place for temporary files, or one that the account of root's servers can enter. */
async function reachablePlace(user: ServerUser | undefined): Promise<string> {
  if (await canEnter(user, tmpdir())) return tmpdir()
  await mkdir(SHELTER, { recursive: true, mode: 0o755 })
  return SHELTER
}

/** Names the process a shadow belongs to. */
const OWNER = 'owner.json'

/**
 * Ends and removes shadows whose process is gone. Only directories that are ours or our servers' are looked at: the place
 * is shared with other users of the machine.
 */
async function removeAbandoned(
  place: string,
  user: ServerUser | undefined,
  { clock }: Runtime,
): Promise<void> {
  const names = (await readdir(place)).filter(name => name.startsWith(PREFIX))
  const ours = [userInfo().uid, user?.uid]
  for (const home of names.map(name => join(place, name))) {
    const entry = await lstat(home).catch(() => undefined)
    if (!entry?.isDirectory() || !ours.includes(entry.uid) || (await isOwned(home, clock))) continue
    await endLeftovers(join(home, 'data'), SHADOW_NUDGES, clock)
    await rm(home, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** A directory without a readable owner was cut off between two calls; or it is being made just now, and is left alone. */
async function isOwned(home: string, clock: Clock): Promise<boolean> {
  const text = await readFile(join(home, OWNER), 'utf8').catch(() => '')
  try {
    const { pid, startTime } = JSON.parse(text) as { pid: number; startTime?: string }
    return isAlive(pid) && (startTime === undefined || (await startTimeOf(pid)) === startTime)
  } catch {
    const made = await lstat(home).catch(() => undefined)
    return made !== undefined && clock.now().getTime() - made.mtimeMs < 60_000
  }
}
