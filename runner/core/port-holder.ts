import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'

const UNKNOWN = 'another process'
/** `TCP_LISTEN` in the kernel's `include/net/tcp_states.h`. */
const LISTENING = '0A'
const LSOF_TIMEOUT_MS = 2000

/**
 * Who listens on a TCP port of this machine, for a message: `process 4711 (node main.ts serve)`. Never throws; what
 * cannot be found out is "another process". Arguments behind the first flag are left out: they may hold a password.
 */
export async function describePortHolder(port: number): Promise<string> {
  try {
    return (await fromProc(port)) ?? (await fromLsof(port)) ?? UNKNOWN
  } catch {
    return UNKNOWN
  }
}

/** A line of `/proc/net/tcp`: who owns the socket and its inode. */
export interface Listener {
  readonly userId: number
  readonly inode: string
}

/** The sockets listening on `port` in the text of `/proc/net/tcp` or `tcp6` (proc(5)): the columns are fixed. */
export function listenersIn(table: string, port: number): Listener[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap(line => {
    const [, local, , state, , , , userId, , inode] = line.trim().split(/\s+/)
    if (state !== LISTENING || !local?.endsWith(suffix) || !inode) return []
    return [{ userId: Number(userId), inode }]
  })
}

async function fromProc(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map(file => readFile(file, 'utf8').catch(() => '')),
  )
  const [listener] = tables.flatMap(table => listenersIn(table, port))
  if (!listener) return undefined
  const pid = await ownerOf(listener.inode)
  if (pid === undefined) return `a process of the user with id ${listener.userId}`
  const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return describe(pid, argv.split('\0').filter(Boolean))
}

/** The process with this socket open; one of another user hides its descriptors from us. */
async function ownerOf(inode: string): Promise<number | undefined> {
  const wanted = `socket:[${inode}]`
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const descriptor of descriptors) {
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')) === wanted) return Number(pid)
    }
  }
  return undefined
}

async function fromLsof(port: number): Promise<string | undefined> {
  const arguments_ = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']
  const output = await promisify(execFile)('lsof', arguments_, { timeout: LSOF_TIMEOUT_MS })
  const pid = /^p(\d+)$/m.exec(output.stdout)?.[1]
  const command = /^c(.+)$/m.exec(output.stdout)?.[1]
  return pid ? describe(Number(pid), command ? [command] : []) : undefined
}

/** Names a process by its program and leading arguments, as in `process 4711 (node main.ts serve)`. */
export function describe(pid: number, argv: readonly string[]): string {
  const firstFlag = argv.findIndex(argument => argument.startsWith('-'))
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag)
  const safe = words.filter(word => !word.includes('://') && !word.includes('=')).map(word => basename(word))
  const name = safe.join(' ').slice(0, 80).trim()
  return name ? `process ${pid} (${name})` : `process ${pid}`
}
