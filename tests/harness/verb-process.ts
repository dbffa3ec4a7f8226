import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { MAIN } from './cli.ts'

/** A verb that runs in a process and a directory of its own. */
export interface VerbProcess extends AsyncDisposable {
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Its exit code, when it has ended. */
  readonly exited: Promise<number | null>
}

/** Starts `howdah <argv>` with nothing but these variables in its environment, in an empty directory or the given one. */
export async function startVerb(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  directory?: string,
): Promise<VerbProcess> {
  const empty = await mkdtemp(join(tmpdir(), 'howdah-verb-'))
  const child = spawn(execPath, [MAIN, ...argv], { cwd: directory ?? empty, env: { ...env, NO_COLOR: '1' } })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk: Buffer) => {
      written[name] += chunk.toString()
    })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
      await rm(empty, { recursive: true, force: true })
    },
  }
}

/** When to kill: so long after the program's nth line of log, or after its start. */
export interface Moment {
  readonly line: number
  readonly ms: number
}

export interface Killed {
  /** False where it had ended before. */
  readonly killed: boolean
  readonly exit: number | null
  readonly stderr: string
}

/** Starts a verb of migrate, as talkative as it can be, and kills it at a moment, unless it ends before. */
export async function startAndKill(
  argv: readonly string[],
  url: string,
  directory: string,
  { line, ms }: Moment,
): Promise<Killed> {
  const talkative = ['--log-format', 'json', '--log-level', 'debug']
  await using verb = await startVerb([...argv, ...talkative], { DATABASE_URL: url }, directory)
  const reached = new Promise<void>(resolve => {
    if (line === 0) resolve()
    verb.child.stderr?.on('data', () => {
      if (verb.stderr().split('\n').length > line) resolve()
    })
  })
  const moment = reached.then(() => delay(ms)).then(() => verb.child.kill('SIGKILL'))
  await Promise.race([moment, verb.exited])
  const exit = await verb.exited
  return { killed: exit === null, exit, stderr: verb.stderr() }
}

/** Waits until `howdah serve --json` has said where it listens; throws what it wrote when it ended instead. */
export async function listening(verb: VerbProcess): Promise<string> {
  for (;;) {
    const url = /"url": "([^"]+)"/.exec(verb.stdout())?.[1]
    if (url) return url
    const ended = await Promise.race([
      verb.exited.then(() => true),
      once(verb.child.stdout ?? verb.child, 'data'),
    ])
    if (ended === true) throw new Error(`it ended: ${verb.stdout()}${verb.stderr()}`)
  }
}
