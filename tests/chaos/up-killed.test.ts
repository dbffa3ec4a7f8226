import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startCli } from '../harness/cli.ts'
import { createHome, type TestHome } from '../harness/platform-home.ts'

const ROUNDS = 20

const up = (home: string, ...args: string[]) =>
  startCli(['up', '--database', 'playground', '--replica', '--log-format', 'json', '--home', home, ...args])

/** Brings a platform up and looks at its own proof. */
async function expectUp(home: string, context: string): Promise<void> {
  const result = await up(home, '--once', '--json').result
  expect(result.exit, `${context}\n${result.stderr}`).toBe(0)
  const { checks } = JSON.parse(result.stdout)
  expect(
    checks.filter(({ ok }: { ok: boolean }) => !ok),
    context,
  ).toEqual([])
}

/** How long a whole first start takes here, in milliseconds: the kills are spread over it and a little more. */
async function measureStart(home: TestHome): Promise<number> {
  const started = performance.now()
  await expectUp(join(home.directory, 'measured'), 'the first start')
  return performance.now() - started
}

test(`${ROUNDS} kills at random moments of a start: the next start works each time`, async () => {
  await using home = await createHome()
  const startMs = await measureStart(home)
  let kept = ''
  for (let round = 1; round <= ROUNDS; round++) {
    // Every other round begins with nothing, so that initdb, migrations, seeds and the replica's copy are hit as well.
    if (round % 2 === 1) kept = join(home.directory, `home-${round}`)
    await mkdir(kept, { recursive: true })
    // The data directory is made within the first third of a first start, and half of those kills go there.
    const spanMs = round % 4 === 1 ? startMs / 3 : startMs * 1.1
    const killAfterMs = randomInt(Math.ceil(spanMs))
    const victim = up(kept)
    await delay(killAfterMs)
    victim.kill('SIGKILL')
    const { stderr } = await victim.result
    await expectUp(
      kept,
      `round ${round}, killed after ${killAfterMs} of about ${Math.round(startMs)} ms\n${stderr}`,
    )
    expect(await home.processes(), `round ${round}`).toEqual([])
  }
})

test('a kill of the server and of the program at once is healed, too', async () => {
  await using home = await createHome()
  const directory = join(home.directory, 'both')
  for (let round = 1; round <= 3; round++) {
    const victim = up(directory)
    await delay(1500 + randomInt(2000))
    for (const pid of await home.processes()) process.kill(pid, 'SIGKILL')
    victim.kill('SIGKILL')
    await victim.result
    await expectUp(directory, `round ${round}`)
  }
})
