#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { type Channel, run } from './cli/run.ts'
import { HowdahError } from './core/errors.ts'

/**
 * The process: argv, environment, signals, both channels and the exit code. Nothing else in runner/ touches them.
 */

function channel(stream: NodeJS.WriteStream): Channel {
  // A reader that went away (`howdah … | head`) is no reason to fail.
  stream.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') return
    throw error
  })
  return {
    write: text => stream.write(text),
    isTerminal: stream.isTTY === true,
    columns: () => stream.columns ?? 80,
  }
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second signal means that cleaning up takes too long for whoever is waiting.
    if (interruption.signal.aborted) process.exit(130)
    interruption.abort(new HowdahError('interrupted', { signal }))
  })
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
})
