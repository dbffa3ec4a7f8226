import { spawn } from 'node:child_process'
import { chown, lstat, readdir, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'

/** The account servers run under when we are root; Postgres and PgBouncer refuse to run as root. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

/** Where root's servers have their files when their account may not enter the place they were meant for. */
export const SHELTER = '/var/lib/howdah'

/**
 * Whom to run servers as: nobody else (`undefined`) for an ordinary user; for root the first of these accounts that
 * exists. It has to be in the password file, since initdb looks its name up.
 */
export async function chooseServerUser(): Promise<ServerUser | undefined> {
  if (userInfo().uid !== 0) return undefined
  const accounts = await readFile('/etc/passwd', 'utf8')
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts
      .split('\n')
      .find(line => line.startsWith(`${name}:`))
      ?.split(':')
    if (fields) return { name, uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  return undefined
}

/** The spawn options that make a child run as the server's user. */
export function runAs(user: ServerUser | undefined): { uid: number; gid: number } | Record<string, never> {
  return user ? { uid: user.uid, gid: user.gid } : {}
}

/** Whether the server's user can enter a directory; every directory above it has to let it through. */
export async function canEnter(user: ServerUser | undefined, directory: string): Promise<boolean> {
  if (!user) return true
  const child = spawn('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], {
    ...runAs(user),
    cwd: '/',
    stdio: 'ignore',
  })
  return new Promise(resolve => {
    child.on('error', () => resolve(false))
    child.on('exit', code => resolve(code === 0))
  })
}

/** Gives a file or a whole directory to the server's user. */
export async function giveTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (!user) return
  await chown(path, user.uid, user.gid)
  if (!(await lstat(path)).isDirectory()) return
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) await giveTo(user, child)
    else if (!entry.isSymbolicLink()) await chown(child, user.uid, user.gid)
  }
}
