import { createHash } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { HowdahError, messageOf, systemCodeOf } from '../core/errors.ts'
import { isAlive, ownPid, startTimeOf } from '../core/processes.ts'
import { removeUnfinished } from '../embedded/data-directory.ts'
import { canEnter, giveTo, type ServerUser, SHELTER } from '../embedded/server-user.ts'

/** Where a platform keeps its things. All paths are absolute. */
export interface Home {
  /** The directory the user named: state, lock and local.json. */
  readonly directory: string
  /** What the servers have to reach: data, logs, the pooler's configuration. The same directory, or its shelter. */
  readonly place: string
}

export const packageShelter = join(SHELTER, 'packages')

/**
 * Makes the home. Postgres does not run as root, so root's servers run under another account; when a directory above the
 * home is closed to that account (mode 700), what they need lives below /var/lib/howdah, under the home's own name.
 * @throws HowdahError home-unwritable
 */
export async function openHome(cwd: string, setting: string, user: ServerUser | undefined): Promise<Home> {
  const directory = resolve(cwd, setting)
  return guarded(directory, async () => {
    await makeDirectory(directory)
    const probe = join(directory, `.probe-${crypto.randomUUID()}`)
    await writeFile(probe, '')
    await unlink(probe)
    const place = (await canEnter(user, directory)) ? directory : shelterOf(directory)
    await mkdir(place, { recursive: true, mode: 0o755 })
    for (const folder of ['logs', 'pooler', 'prometheus', 'alertmanager']) {
      await mkdir(join(place, folder), { recursive: true, mode: 0o700 })
      await giveTo(user, join(place, folder))
    }
    return { directory, place }
  })
}

/** Node's own recursive mkdir never returns where the file system answers ENOENT below a directory that exists (/proc). */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory)
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'EEXIST' && (await stat(directory)).isDirectory()) return
    const parent = dirname(directory)
    if (code !== 'ENOENT' || (await stat(parent).catch(() => undefined))) throw error
    await makeDirectory(parent)
    await mkdir(directory)
  }
}

function shelterOf(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16)
  return join(SHELTER, name)
}

async function guarded<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error
    throw new HowdahError('home-unwritable', { path, reason: messageOf(error) }, { cause: error })
  }
}

/** Removes everything a platform made, for `--fresh`. The lock stays. */
export async function emptyHome({ directory, place }: Home): Promise<void> {
  await removeUnfinished(join(place, 'data'))
  const replica = ['replica', 'replica.unfinished', 'replica.pgpass']
  for (const name of ['data', ...replica, 'pooler', 'prometheus', 'alertmanager', 'logs']) {
    await rm(join(place, name), { recursive: true, force: true })
  }
  for (const name of ['state.json', 'local.json']) await rm(join(directory, name), { force: true })
}

interface LockHolder {
  readonly pid: number
  readonly startTime: string | null
}

/**
 * Takes the home for this process. A lock whose process is gone, or whose process id now belongs to another process,
 * is recognised and replaced.
 * @returns the release
 * @throws HowdahError home-busy
 */
export async function lockHome({ directory }: Home): Promise<() => Promise<void>> {
  const lock = join(directory, 'up.lock')
  const mine = `${lock}.${ownPid}`
  const holder: LockHolder = { pid: ownPid, startTime: (await startTimeOf(ownPid)) ?? null }
  await writeFile(mine, JSON.stringify(holder))
  try {
    // Linking is atomic and fails when the name exists; a second round only follows the removal of a dead lock.
    for (let round = 0; round < 10; round++) {
      const taken = await link(mine, lock).then(
        () => true,
        error => {
          if (systemCodeOf(error) === 'EEXIST') return false
          throw error
        },
      )
      if (taken) return () => rm(lock, { force: true })
      const other = await readHolder(lock)
      if (other && (await stillRuns(other)))
        throw new HowdahError('home-busy', { home: directory, pid: other.pid })
      await removeDead(lock, other)
    }
    throw new HowdahError('home-busy', { home: directory, pid: 0 })
  } finally {
    await rm(mine, { force: true })
  }
}

async function readHolder(lock: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(lock, 'utf8')) as LockHolder
  } catch {
    return undefined
  }
}

async function stillRuns({ pid, startTime }: LockHolder): Promise<boolean> {
  if (!isAlive(pid)) return false
  return startTime === null || (await startTimeOf(pid)) === startTime
}

/** Of several that find the same dead lock, the rename lets one take it away; what it took must be what was found dead. */
async function removeDead(lock: string, dead: LockHolder | undefined): Promise<void> {
  const aside = `${lock}.dead-${crypto.randomUUID()}`
  const moved = await rename(lock, aside).then(
    () => true,
    () => false,
  )
  if (!moved) return
  const taken = await readHolder(aside)
  if (taken?.pid !== dead?.pid) await link(aside, lock).catch(() => undefined)
  await rm(aside, { force: true })
}
