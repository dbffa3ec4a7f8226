import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { fingerprint, INVALID_INDEXES } from '../harness/fingerprint.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { createTrusted } from '../harness/trusted-manifest.ts'
import { type Moment, startAndKill } from '../harness/verb-process.ts'
import { BIG_TABLE } from './deploy-history.ts'

const KILLS = 24
/** So often at least the rollback must have been found half way: else the kills came too early or too late to say anything. */
const HALVES = 3
/** Databases being worked on at the same time. */
const LANES = 2
const KILLS_IN_A_ROW = 4

/** One for each statement of a way back that must take effect exactly once. */
const COUNTERS = ['first', 'between', 'behind', 'in one transaction', 'last'] as const

const count = (name: (typeof COUNTERS)[number]) =>
  `UPDATE public.counter SET n = n + 1 WHERE name = '${name}';`

const BASE = {
  '1_base/migration.sql': [
    'CREATE TABLE counter (name text PRIMARY KEY, n int NOT NULL DEFAULT 0);',
    ...COUNTERS.map(name => `INSERT INTO counter (name) VALUES ('${name}');`),
  ].join('\n'),
}

/** Ways back in one transaction and statement by statement, with drops and a build outside any. */
const HISTORY = {
  ...BASE,
  '2_file/migration.sql': 'CREATE TABLE extra (id int);\nALTER TABLE counter ADD COLUMN note text;',
  '2_file/down.sql': `${count('last')}\nALTER TABLE counter DROP COLUMN note;\nDROP TABLE extra;`,
  '3_indexes/migration.sql': 'CREATE INDEX item_name ON big.item (name);\nDROP INDEX big.item_old;',
  '3_indexes/extra.sql':
    'CREATE INDEX CONCURRENTLY "Item Price" ON big.item (price, id);\nCREATE INDEX CONCURRENTLY item_both ON big.item (name, price);',
  '3_indexes/down.sql': [
    'DROP INDEX CONCURRENTLY big.item_both;',
    count('first'),
    'CREATE INDEX CONCURRENTLY item_old ON big.item (price);',
    count('between'),
    'DROP INDEX CONCURRENTLY big."Item Price";',
    'DROP INDEX big.item_name;',
    count('behind'),
  ].join('\n'),
  '4_file/migration.sql': 'ALTER TABLE big.item ADD COLUMN stock int NOT NULL DEFAULT 0;',
  '4_file/down.sql': `${count('in one transaction')}\nALTER TABLE big.item DROP COLUMN stock;`,
  '5_ends_alone/migration.sql': 'CREATE TABLE alone (id int);',
  '5_ends_alone/extra.sql': 'CREATE INDEX CONCURRENTLY item_stock ON big.item (stock);',
  '5_ends_alone/down.sql': 'DROP TABLE alone;\nDROP INDEX CONCURRENTLY big.item_stock;',
}

const ROLLBACK = ['migrate', 'rollback', '--to', '1_base', '--accept-data-loss']

const run = (project: TestProject, url: string, ...args: readonly string[]) =>
  cli(args, { cwd: project.directory, env: { DATABASE_URL: url } })

const rollbackAndKill = (project: TestProject, url: string, moment: Moment) =>
  startAndKill(ROLLBACK, url, project.directory, moment)

/**
 * What everybody sees of a database whose rollback was killed, once the server has noticed: until then its session ends the
 * command it was in, a COMMIT included, and between two looks the state would change.
 * @returns whether the rollback had got somewhere, and not to its end
 */
async function expectUnderstood(project: TestProject, url: string, context: string): Promise<boolean> {
  const orphans =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'howdah/%'"
  while ((await query(url, orphans)).length > 0) await delay(10)
  const status = await run(project, url, 'migrate', 'status', '--json')
  const states: string[] = JSON.parse(status.stdout).migrations.map(({ state }: { state: string }) => state)
  // The newest first: behind the last one that stands everything is undone.
  expect(states.join(' '), context).toMatch(/^applied( applied)*( half-undone)?( pending)*$/)
  if (!states.includes('half-undone')) return states.includes('pending') && states[1] !== 'pending'
  const refused = await run(project, url, 'migrate', 'deploy')
  expect(refused, context).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining('migration-half-undone'),
  })
  return true
}

test(`the program is killed at ${KILLS} random moments of a rollback: the next one converges, and nothing is done twice`, async () => {
  await using project = await createTrusted(HISTORY)
  await using base = await createProject(BASE)
  await using template = await createDatabase()
  await execute(template.url, ...BIG_TABLE)
  expect(await run(base, template.url, 'migrate', 'deploy')).toMatchObject({ exit: 0 })
  const before = await fingerprint(template.url)
  expect(await run(project, template.url, 'migrate', 'deploy')).toMatchObject({ exit: 0 })
  const deployed = await fingerprint(template.url)

  await using undisturbed = await createDatabase({ template: template.name })
  const started = performance.now()
  const whole = await rollbackAndKill(project, undisturbed.url, { line: 100_000, ms: 0 })
  const totalMs = performance.now() - started
  expect(whole.exit, whole.stderr).toBe(0)
  const lines = whole.stderr.split('\n').length - 1
  const expected = await fingerprint(undisturbed.url)
  const catalogue = (facts: readonly string[]) => facts.filter(fact => !fact.startsWith('rows of'))
  expect(catalogue(expected)).toEqual(catalogue(before))

  // Half of the moments lie closely behind a line of log, where one step ends and the next begins; half anywhere.
  const draw = (): Moment =>
    randomInt(2) === 0
      ? { line: 1 + randomInt(lines), ms: randomInt(30) }
      : { line: 0, ms: Math.round(totalMs * 0.3) + randomInt(Math.ceil(totalMs * 0.7)) }
  let kills = 0
  let halves = 0
  const lane = async (): Promise<void> => {
    while (kills < KILLS || halves < HALVES) {
      await using db = await createDatabase({ template: template.name })
      const drawn: Moment[] = []
      const most = 1 + randomInt(KILLS_IN_A_ROW)
      for (let alive = true; alive && drawn.length < most; ) {
        const moment = draw()
        drawn.push(moment)
        const { exit, stderr } = await rollbackAndKill(project, db.url, moment)
        const context = `moments ${JSON.stringify(drawn)}\n${stderr}`
        if (exit !== null) expect(exit, context).toBe(0)
        alive = exit === null
        kills += Number(alive)
        // Else the next run meets the session of the one that was killed.
        if (randomInt(2) === 0) halves += Number(await expectUnderstood(project, db.url, context))
      }
      const context = `moments ${JSON.stringify(drawn)}`
      const result = await run(project, db.url, ...ROLLBACK)
      expect(result.exit, `${context}\n${result.stdout}${result.stderr}`).toBe(0)
      expect(await query(db.url, 'SELECT name FROM counter WHERE n <> 1'), context).toEqual([])
      expect(await query(db.url, INVALID_INDEXES), context).toEqual([])
      expect(await fingerprint(db.url), context).toEqual(expected)
      if (randomInt(3) > 0) continue
      const again = await run(project, db.url, 'migrate', 'deploy')
      expect(again.exit, `${context}\n${again.stderr}`).toBe(0)
      expect(catalogue(await fingerprint(db.url)), context).toEqual(catalogue(deployed))
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
  for (const one of lanes) if (one.status === 'rejected') throw one.reason
})
