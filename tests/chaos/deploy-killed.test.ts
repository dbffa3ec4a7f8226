import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { withReleases } from '../../runner/core/release-stack.ts'
import { fingerprint } from '../harness/fingerprint.ts'
import { createDatabase, execute, MAJORS, type Major, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { share } from '../harness/thorough.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'
import { type Moment, startAndKill } from '../harness/verb-process.ts'
import { BIG_TABLE, deployHere, expectConverged, HISTORY } from './deploy-history.ts'

const KILLS = share(100)
/** Databases being worked on at the same time. */
const LANES = 2
/** At most so often is one deploy of a database killed before it is left alone. */
const KILLS_IN_A_ROW = 4
const SERVER_KILLS = share(10)

const deployAndKill = (project: TestProject, url: string, moment: Moment) =>
  startAndKill(['migrate', 'deploy'], url, project.directory, moment)

/** A whole deploy, once, to know how long it takes here and how much it says. */
async function measure(project: TestProject, url: string): Promise<{ lines: number; totalMs: number }> {
  const started = performance.now()
  const whole = await deployAndKill(project, url, { line: 100_000, ms: 0 })
  expect(whole.exit, whole.stderr).toBe(0)
  return { lines: whole.stderr.split('\n').length - 1, totalMs: performance.now() - started }
}

async function createTemplate(major: Major): Promise<TestDatabase> {
  const template = await createDatabase({ major })
  await execute(template.url, ...BIG_TABLE)
  return template
}

describe.each(MAJORS)('on Postgres %i', major => {
  test(`the program is killed at ${KILLS} random moments of a deploy: the next one converges, and nothing is done twice`, async () => {
    await using project = await createProject(HISTORY)
    await using template = await createTemplate(major)
    await using undisturbed = await createDatabase({ major, template: template.name })
    const { lines, totalMs } = await measure(project, undisturbed.url)
    const expected = await fingerprint(undisturbed.url)

    // Half of the moments lie closely behind a line of log, where one step ends and the next begins; half anywhere.
    const draw = (): Moment =>
      randomInt(2) === 0
        ? { line: 1 + randomInt(lines), ms: randomInt(40) }
        : { line: 0, ms: Math.round(totalMs * 0.2) + randomInt(Math.ceil(totalMs * 0.8)) }
    let kills = 0
    const lane = async (): Promise<void> => {
      while (kills < KILLS) {
        await using db = await createDatabase({ major, template: template.name })
        const drawn: Moment[] = []
        const most = 1 + randomInt(KILLS_IN_A_ROW)
        for (let alive = true; alive && drawn.length < most; ) {
          const moment = draw()
          drawn.push(moment)
          const { killed, exit, stderr } = await deployAndKill(project, db.url, moment)
          if (!killed) expect(exit, `moments ${JSON.stringify(drawn)}\n${stderr}`).toBe(0)
          alive = killed
          kills += Number(killed)
        }
        await expectConverged(project, db.url, expected, `moments ${JSON.stringify(drawn)}`)
      }
    }
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
    for (const one of lanes) if (one.status === 'rejected') throw one.reason
  })

  test(`the server is killed at ${SERVER_KILLS} random moments of a deploy: the next one converges, and nothing is done twice`, () =>
    withReleases(async releases => {
      await using project = await createProject(HISTORY)
      // Nothing waits for the disk: only processes crash here.
      const settings = { fsync: 'off', shared_buffers: '64MB' }
      const server = await startThrowAwayServer({ major, settings, volatile: true }, releases)
      const create = async (name: string, template: string): Promise<string> => {
        await execute(server.url, `CREATE DATABASE ${name} TEMPLATE ${template}`)
        const url = new URL(server.url)
        url.pathname = `/${name}`
        return url.href
      }
      await execute(await create('prepared', 'template0'), ...BIG_TABLE)
      const undisturbed = await create('undisturbed', 'prepared')
      const started = performance.now()
      expect(await deployHere(project, undisturbed)).toMatchObject({ exit: 0 })
      const totalMs = performance.now() - started
      const expected = await fingerprint(undisturbed)
      for (let round = 1; round <= SERVER_KILLS; round++) {
        const url = await create(`round_${round}`, 'prepared')
        const ms = randomInt(Math.ceil(totalMs))
        const running = deployHere(project, url)
        await delay(ms)
        await server.crash()
        const { exit, stderr } = await running
        await server.restart()
        const context = `round ${round}, server killed after ${ms} of about ${Math.round(totalMs)} ms, exit code ${exit}\n${stderr}`
        // It had finished, or it says that the server has gone.
        expect([0, 4], context).toContain(exit)
        if (exit === 4) expect(stderr, context).toMatch(/connection-lost|server-unreachable/)
        await expectConverged(project, url, expected, context)
      }
    }))
})
