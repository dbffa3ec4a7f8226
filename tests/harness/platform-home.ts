import { chmod, mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sendSignal } from '../../runner/core/processes.ts'

/** A home for `howdah up`, gone when the test ends. */
export interface TestHome extends AsyncDisposable {
  readonly directory: string
  /** The processes that still have a directory below the home as working directory. */
  readonly processes: () => Promise<number[]>
}

export async function createHome(): Promise<TestHome> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-home-'))
  await chmod(directory, 0o755)
  const processes = () => processesBelow(directory)
  return {
    directory,
    processes,
    [Symbol.asyncDispose]: async () => {
      for (const pid of await processes()) sendSignal(pid, 'SIGKILL')
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function processesBelow(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const homes = await Promise.all(
    pids.map(async pid => ({ pid, cwd: await readlink(`/proc/${pid}/cwd`).catch(() => '') })),
  )
  return homes.filter(({ cwd }) => cwd.startsWith(`${directory}/`)).map(({ pid }) => pid)
}
