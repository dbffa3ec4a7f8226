#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Channel } from './cli/run.ts'

/**
 * The process: argv, environment, signals, both channels and the exit code. Nothing else in runner/ touches them.
 */

// Stripped and compiled modules are kept between runs, which halves the time a run takes to start. They lie inside the
// checkout, where only who may change our code may change them; where that cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/howdah', import.meta.url)))
const { run } = await import('./cli/run.ts')
const { HowdahError } = await import('./core/errors.ts')

function channel(stream: NodeJS.WriteStream): Channel {
  // A reader that went away (`howdah … | head`) is no reason to fail.
  stream.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') return
    throw error
  })
  return {
    write: text => stream.write(text),
    isTerminal: stream.isTTY === true,
    columns: () => stream.columns || 80,
  }
}

/** npm passes Ctrl-C on to us, who got it from the terminal already: two signals at once are one wish. */
const SAME_WISH_MS = 1000

const interruption = new AbortController()
let interruptedAt = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!interruption.signal.aborted) {
      interruptedAt = performance.now()
      interruption.abort(new HowdahError('interrupted', { signal }))
    } else if (performance.now() - interruptedAt > SAME_WISH_MS) {
      // Whoever asks again finds that cleaning up takes too long.
      process.exit(130)
    }
  })
}

/** Asked and answered on the terminal; stdout stays the report's. */
async function ask(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new Promise<undefined>(resolve => terminal.once('close', () => resolve(undefined)))
  // The terminal's own Ctrl-C arrives here while a line is read, and not as a signal.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await Promise.race([terminal.question(question, { signal: interruption.signal }), ended])
  } finally {
    terminal.close()
  }
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  version,
  stdout: channel(process.stdout),
  stderr: channel(process.stderr),
  signal: interruption.signal,
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
})
