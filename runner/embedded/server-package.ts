import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { HowdahError } from '../core/errors.ts'
import { canEnter, type ServerUser } from './server-user.ts'

/** A PostgreSQL server from npm: initdb, postgres, pg_ctl and contrib. */
export interface ServerPackage {
  readonly major: number
  /** Version of the package, `18.4.0-beta.17`. */
  readonly version: string
  /** The directory with bin/, lib/ and share/. */
  readonly directory: string
}

export const MAJORS = [15, 16, 17, 18] as const

/** Finds the installed server of a major version, or says which ones are installed. @throws HowdahError server-package-missing */
export async function findServerPackage(major: number): Promise<ServerPackage> {
  const found = await serverPackage(major)
  if (found) return found
  const installed = await Promise.all(MAJORS.map(serverPackage))
  throw new HowdahError('server-package-missing', {
    major,
    platform: `${platform()}-${arch()}`,
    installed: installed.flatMap(each => (each ? [each.major] : [])),
  })
}

/** The packages' names are aliases in our package.json, so that several majors can be installed side by side. */
async function serverPackage(major: number): Promise<ServerPackage | undefined> {
  const name = `postgres-${major}-${platform()}-${arch()}`
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const root = join(folder, name)
    const directory = join(root, 'native')
    const installed = await stat(join(directory, 'bin', 'postgres')).catch(() => undefined)
    if (!installed) continue
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { major, version, directory }
  }
  return undefined
}

/**
 * The package where the server's user can reach it: as installed, or copied once below `shelter` when a directory above the
 * checkout is closed to others (mode 700). The copy appears by a rename, so a killed copy is never mistaken for a whole one.
 */
export async function reachablePackage(
  found: ServerPackage,
  user: ServerUser | undefined,
  shelter: string,
): Promise<ServerPackage> {
  if (await canEnter(user, join(found.directory, 'bin'))) return found
  const directory = join(shelter, `postgres-${found.version}`)
  const exists = await stat(directory).then(
    () => true,
    () => false,
  )
  if (!exists) {
    const unfinished = `${directory}.${crypto.randomUUID()}`
    await mkdir(shelter, { recursive: true, mode: 0o755 })
    await cp(found.directory, unfinished, { recursive: true, verbatimSymlinks: true })
    await rename(unfinished, directory).catch(async error => {
      await rm(unfinished, { recursive: true, force: true })
      // Another run finished the same copy first: its copy is as good as ours.
      if (!(await stat(directory).catch(() => undefined))) throw error
    })
  }
  return { ...found, directory }
}
