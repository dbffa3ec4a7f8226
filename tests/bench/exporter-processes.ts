import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import type { ReleaseStack } from '../../runner/core/release-stack.ts'

/** As people start it. */
const COMMAND = new URL('../../runner/howdah.js', import.meta.url).pathname

/** A program that runs until the benchmark ends. */
export function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  releases: ReleaseStack,
): ChildProcess {
  const child = spawn(program, args, {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  releases.push(`stopping ${program}`, async () => {
    if (child.exitCode !== null || !child.kill('SIGTERM')) return
    await once(child, 'close')
  })
  return child
}

/** `howdah serve` as a process of its own. @returns its metrics page */
export async function startServe(url: string, releases: ReleaseStack): Promise<string> {
  const args = [COMMAND, 'serve', '--metrics-port', '0', '--json', '--log-format', 'json']
  const child = startProgram(process.execPath, args, { DATABASE_URL: url }, releases)
  let report = ''
  for await (const chunk of child.stdout ?? []) {
    report += chunk
    const found = /"url": "([^"]+)"/.exec(report)?.[1]
    if (found) return `${found}/metrics`
  }
  throw new Error('howdah serve has ended')
}
