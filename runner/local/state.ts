import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ownPid } from '../core/processes.ts'
import { Secret } from '../core/secret.ts'
import type { Home } from './home.ts'

/** What a platform remembers from one run to the next, in `state.json` (mode 0600). */
export interface PlatformState {
  /** Of the superuser `howdah`. */
  readonly password: Secret
  readonly replicationPassword: Secret
  /** Ports of the last run, so that bookmarks and open clients stay right where possible. */
  readonly ports: Readonly<Partial<Record<PortName, number>>>
}

const PORT_NAMES = [
  'postgres',
  'replica',
  'pooler',
  'metrics',
  'replicaMetrics',
  'prometheus',
  'alertmanager',
] as const

export type PortName = (typeof PORT_NAMES)[number]

const SCHEMA = z.object({
  password: z.string().min(1),
  replicationPassword: z.string().min(1),
  ports: z.partialRecord(z.enum(PORT_NAMES), z.number().int()),
})

/** The state of the last run, or a new one with new passwords. A file that is not whole counts as none. */
export async function readState(
  home: Home,
): Promise<{ readonly state: PlatformState; readonly isNew: boolean }> {
  const text = await readFile(join(home.directory, 'state.json'), 'utf8').catch(() => '')
  const parsed = SCHEMA.safeParse(parseJson(text))
  if (!parsed.success) {
    return { isNew: true, state: { password: newPassword(), replicationPassword: newPassword(), ports: {} } }
  }
  const { password, replicationPassword, ports } = parsed.data
  const state = {
    password: new Secret(password),
    replicationPassword: new Secret(replicationPassword),
    ports: ports as PlatformState['ports'],
  }
  return { isNew: false, state }
}

export async function writeState(
  home: Home,
  { password, replicationPassword, ports }: PlatformState,
): Promise<void> {
  await writePrivately(join(home.directory, 'state.json'), {
    password: password.reveal(),
    replicationPassword: replicationPassword.reveal(),
    ports,
  })
}

/** The URLs of a running platform. */
export interface LocalUrls {
  readonly database: string
  readonly urls: {
    readonly direct: string
    readonly pooled?: string
    readonly replica?: string
    readonly metrics: string
    readonly prometheus?: string
    readonly alertmanager?: string
  }
}

/** Writes `local.json` (mode 0600), for psql, Prisma Studio, an application, and our own verbs. */
export async function writeLocalUrls(home: Home, local: LocalUrls): Promise<string> {
  const file = join(home.directory, 'local.json')
  // The process id tells readers whether it still runs.
  await writePrivately(file, { pid: ownPid, ...local })
  return file
}

export async function removeLocalUrls(home: Home): Promise<void> {
  await rm(join(home.directory, 'local.json'), { force: true })
}

/** The rename makes the change whole: a reader, or a crash, sees the old file or the new one. */
async function writePrivately(file: string, value: unknown): Promise<void> {
  const unfinished = `${file}.unfinished`
  await rm(unfinished, { force: true })
  await writeFile(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(unfinished, file)
}

function newPassword(): Secret {
  return new Secret(randomBytes(24).toString('base64url'))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
