import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { HowdahError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { ServerPackage } from './server-package.ts'
import { giveTo, runAs, type ServerUser } from './server-user.ts'

export interface InitialiseOptions {
  readonly server: ServerPackage
  readonly user: ServerUser | undefined
  /** The superuser's name and password. */
  readonly superuser: string
  readonly password: Secret
  /** For throw-away servers: do not wait for the disk. */
  readonly volatile?: boolean
}

/** The major version whose data a directory holds; `undefined` when it holds none. */
export async function dataVersion(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => undefined)
  return text?.trim()
}

/**
 * Makes a data directory with initdb: SCRAM passwords for everyone, UTF-8, checksums.
 * It is made beside its place and renamed, so that a killed initdb leaves nothing that looks like data. Each attempt has a
 * name of its own: initdb outlives us when we are killed, and goes on writing where it was.
 */
export async function initialise(directory: string, options: InitialiseOptions): Promise<void> {
  const { server, user, superuser, password } = options
  await removeUnfinished(directory)
  const unfinished = `${directory}${UNFINISHED}${crypto.randomUUID()}`
  const passwordFile = `${unfinished}.password`
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  await giveTo(user, unfinished)
  await writeFile(passwordFile, password.reveal(), { mode: 0o600 })
  await giveTo(user, passwordFile)
  try {
    const args = [
      '-D',
      unfinished,
      '-U',
      superuser,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '-E',
      'UTF8',
      '-k',
    ]
    await run(
      join(server.directory, 'bin', 'initdb'),
      [...args, ...localeArguments(server), ...(options.volatile ? ['-N'] : [])],
      user,
    )
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(unfinished, directory)
}

const UNFINISHED = '.unfinished-'

/** Removes what killed attempts left. One that is still being written is left to the next start. */
export async function removeUnfinished(directory: string): Promise<void> {
  const parent = dirname(directory)
  const started = (await readdir(parent)).filter(name =>
    name.startsWith(`${basename(directory)}${UNFINISHED}`),
  )
  await Promise.all(
    started.map(name => rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined)),
  )
}

/** From 17 on Postgres brings its own C.UTF-8, which sorts alike everywhere; before that the system's has to do. */
function localeArguments({ major }: ServerPackage): string[] {
  if (major >= 17) return ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  return [platform() === 'darwin' ? '--locale=en_US.UTF-8' : '--locale=C.UTF-8']
}

function run(program: string, args: readonly string[], user: ServerUser | undefined): Promise<void> {
  const child = spawn(program, args, {
    ...runAs(user),
    cwd: dirname(program),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000)
    })
  }
  return new Promise((resolve, reject) => {
    const fail = (reason: string) =>
      reject(
        new HowdahError(
          'server-start-failed',
          { what: 'initdb', reason, log: 'shown above' },
          { excerpt: output.trim() },
        ),
      )
    child.on('error', error => fail(error.message))
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : fail(`it ended with ${signal ?? `code ${code}`}`),
    )
  })
}
