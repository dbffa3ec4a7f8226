import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Channel, run } from '../../runner/cli/run.ts'
import type { Ask } from '../../runner/cli/verb.ts'

/** The entry of the program, and the checkout. */
export const MAIN = fileURLToPath(new URL('../../runner/main.ts', import.meta.url))
export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

export interface CliResult {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
  /** Answers as the person at the terminal; absent: nobody is there. */
  readonly ask?: Ask
}

/** Runs a command line inside the test's process: everything of the program but `main.ts`. */
export async function cli(
  args: readonly string[],
  { cwd = CHECKOUT, env = {}, signal, ask }: CliOptions = {},
): Promise<CliResult> {
  const written = { stdout: '', stderr: '' }
  const channel = (name: keyof typeof written): Channel => ({
    write: text => {
      written[name] += text
    },
    isTerminal: false,
    columns: () => 80,
  })
  const exit = await run({
    argv: args,
    env,
    cwd,
    version: '0.0.0-test',
    stdout: channel('stdout'),
    stderr: channel('stderr'),
    signal: signal ?? new AbortController().signal,
    ask,
  })
  return { exit, ...written }
}

export interface CliChild {
  readonly pid: number
  readonly result: Promise<CliResult & { readonly signal: NodeJS.Signals | null }>
  readonly kill: (signal: NodeJS.Signals) => void
}

/** Starts the real program as a child process. It sees no settings but those given here. */
export function startCli(
  args: readonly string[],
  { cwd = CHECKOUT, env = {} }: Omit<CliOptions, 'signal' | 'ask'> = {},
): CliChild {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const result = new Promise<CliResult & { signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ exit: code ?? -1, stdout, stderr, signal }))
  })
  return { pid: child.pid ?? 0, result, kill: signal => void child.kill(signal) }
}

/** Runs `body` without root's right to read everything, where the test runs as root. */
export async function asOrdinaryUser<T>(body: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return body()
  process.seteuid?.('nobody')
  try {
    return await body()
  } finally {
    process.seteuid?.(0)
  }
}
