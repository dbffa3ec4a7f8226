import { chmod, mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { startCli } from '../harness/cli.ts'
import { deploy } from '../harness/migrations.ts'
import { createDatabase } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

describe('the shadow server', () => {
  test('of a run that was killed is ended and removed by the next run, which is not disturbed', async () => {
    await using project = await createProject({
      '20250101000000_slow/migration.sql': 'CREATE TABLE a (id int);\nSELECT pg_sleep(2);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const place = await mkdtemp(join(tmpdir(), 'howdah-killed-'))
    await chmod(place, 0o755)
    const start = () =>
      startCli(['migrate', 'verify', '--shadow', '--json'], {
        cwd: project.directory,
        env: { DATABASE_URL: db.url, TMPDIR: place },
      })
    const killed = start()
    // Its server runs and the history is under way once its log is there.
    const left = await vi.waitUntil(
      async () => {
        const [home] = (await readdir(place)).filter(name => name.startsWith('howdah-shadow-'))
        const files = home ? await readdir(join(place, home)) : []
        return files.includes('server.log') ? home : undefined
      },
      { timeout: 30_000, interval: 20 },
    )
    killed.kill('SIGKILL')
    await killed.result
    const next = await start().result
    expect(next.exit, next.stderr).toBe(0)
    expect((await readdir(place)).filter(name => name.startsWith('howdah-shadow-'))).toEqual([])
    expect(await processesBelow(join(place, left))).toEqual([])
    await rm(place, { recursive: true })
  })
})

/** The processes that work in a directory or below it; Linux tells. */
async function processesBelow(directory: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name))
  const homes = await Promise.all(
    pids.map(async pid => ({ pid, cwd: await readlink(`/proc/${pid}/cwd`).catch(() => '') })),
  )
  return homes.flatMap(({ pid, cwd }) => (cwd.startsWith(directory) ? [pid] : []))
}
