import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { matchesChecksum } from '../history/checksum.ts'

/** A file with more versions than this has other troubles. */
const MOST_VERSIONS = 200
const TIMEOUT_MS = 10_000
const LARGEST_BYTES = 64 * 1024 * 1024

/**
 * The version of a migration's file that has a recorded checksum, looked for in git, on every branch. Where there is no git,
 * no repository or no such version it is `undefined`, and what it would have proved remains unproved.
 */
export async function findTextThatRan(
  directory: string,
  recorded: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const git = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)('git', ['--no-pager', ...args], {
      cwd: directory,
      timeout: TIMEOUT_MS,
      maxBuffer: LARGEST_BYTES,
      signal,
    })
    return stdout
  }
  try {
    const log = await git(
      'log',
      '--all',
      '--format=%H',
      `--max-count=${MOST_VERSIONS}`,
      '--',
      'migration.sql',
    )
    for (const commit of log.split('\n').filter(Boolean)) {
      const text = await git('cat-file', 'blob', `${commit}:./migration.sql`).catch(() => undefined)
      if (text !== undefined && matchesChecksum(text, recorded)) return text
    }
    return undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
