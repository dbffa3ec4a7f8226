import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HowdahError } from '../../runner/core/errors.ts'
import type { Progress } from '../../runner/core/progress.ts'
import { cli, startCli } from '../harness/cli.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import {
  brokenKeys,
  contentHash,
  countRows,
  createMigratedDatabase,
  ordinaryRole,
  seedDatabase,
  TABLES,
  wrongCounters,
} from './seed-database.ts'

const ROWS = 20_000

/** What README.md of the seeds promises for 20,000 rows. */
const COUNTS = {
  users: 400,
  tags: 16,
  refresh_tokens: 200,
  workbooks: 600,
  workbook_tags: 1200,
  follows: 1600,
  favorites: 3000,
  featured_items: 20,
  reports: 80,
  workbook_views: 12_884,
}

let migrated: TestDatabase
/** A database with one uninterrupted load, to compare with. */
let loaded: TestDatabase
beforeAll(async () => {
  migrated = await createMigratedDatabase()
  loaded = await createDatabase({ template: migrated.name })
  await seedDatabase(loaded.url, 'load', { rows: ROWS })
})
afterAll(async () => {
  await loaded[Symbol.asyncDispose]()
  await migrated[Symbol.asyncDispose]()
})

const fresh = () => createDatabase({ template: migrated.name })

/** Interrupts once the rows of a table are on their way. */
function interruptAt(table: string): { progress: Progress; signal: AbortSignal } {
  const controller = new AbortController()
  const update = (detail: string) => {
    if (detail.endsWith(table)) controller.abort(new HowdahError('interrupted', { signal: 'SIGINT' }))
  }
  const progress = { step: () => ({ update, done: () => {}, fail: () => {} }) }
  return { progress, signal: controller.signal }
}

describe('load', () => {
  test('makes exactly the rows asked for, in the proportion that is documented', async () => {
    expect(await countRows(loaded.url)).toEqual(COUNTS)
    expect(Object.values(COUNTS).reduce((sum, rows) => sum + rows)).toBe(ROWS)
  })

  test('breaks no foreign key, and its counters are right', async () => {
    expect(await brokenKeys(loaded.url)).toEqual([])
    expect(await wrongCounters(loaded.url)).toEqual([])
    expect(await query(loaded.url, 'SELECT 1 FROM follows WHERE follower_id = following_id')).toEqual([])
  })

  test('makes no account anybody can log in to, and no token that opens anything', async () => {
    const doors = await query(
      loaded.url,
      `SELECT id FROM users WHERE password_hash <> '!load' OR is_admin
       UNION ALL SELECT id FROM refresh_tokens WHERE NOT is_revoked OR expires_at > '2026-01-01'`,
    )
    expect(doors).toEqual([])
  })

  test('leaves statistics for the planner', async () => {
    const rows = await query<{ relname: string; reltuples: number }>(
      loaded.url,
      `SELECT relname, reltuples FROM pg_class WHERE relname = ANY ($1) AND relname <> 'tags'`,
      [[...TABLES]],
    )
    for (const { relname, reltuples } of rows) expect(COUNTS).toHaveProperty(relname, reltuples)
  })

  test('makes the same rows for the same seed, and others for another', async () => {
    await using same = await fresh()
    await using other = await fresh()
    await seedDatabase(same.url, 'load', { rows: ROWS, randomSeed: 1 })
    await seedDatabase(other.url, 'load', { rows: ROWS, randomSeed: 2 })
    const hash = await contentHash(loaded.url)
    expect(await contentHash(same.url)).toBe(hash)
    expect(await contentHash(other.url)).not.toBe(hash)
    expect(await countRows(other.url)).toEqual(COUNTS)
  })

  test('run again does nothing and says so; another seed is added beside it', async () => {
    await using database = await createDatabase({ template: loaded.name })
    const flags = ['seed', '--profile', 'load', '--rows', `${ROWS}`]
    const again = await cli(flags, { env: { DATABASE_URL: database.url } })
    expect(again).toMatchObject({ exit: 0, stdout: expect.stringContaining('nothing to do; 20,000 rows') })
    expect(await countRows(database.url)).toEqual(COUNTS)
    const beside = await cli([...flags, '--random-seed', '2'], { env: { DATABASE_URL: database.url } })
    expect(beside.exit).toBe(0)
    expect(await countRows(database.url)).toMatchObject({ users: 800, tags: 16, workbook_views: 25_768 })
    expect(await brokenKeys(database.url)).toEqual([])
  })

  test('refuses to go on where a part of its rows was deleted', async () => {
    await using database = await createDatabase({ template: loaded.name })
    await execute(database.url, `DELETE FROM refresh_tokens WHERE id = (SELECT min(id) FROM refresh_tokens)`)
    await expect(seedDatabase(database.url, 'load', { rows: ROWS })).rejects.toMatchObject({
      code: 'seed-refused',
      message: expect.stringContaining('refresh_tokens'),
    })
  })

  test('goes beside a demo, with the tags of the demo', async () => {
    await using database = await fresh()
    await seedDatabase(database.url, 'demo')
    await seedDatabase(database.url, 'load', { rows: 1000 })
    expect(await countRows(database.url)).toMatchObject({ tags: 16, users: 51 + 20 })
    expect(await brokenKeys(database.url)).toEqual([])
  })

  test('a role that may not switch the checks of foreign keys off has them done row by row', async () => {
    await using database = await fresh()
    await using user = await ordinaryRole(database)
    const outcome = await seedDatabase(user.url, 'load', { rows: ROWS })
    expect(outcome.error).toBeUndefined()
    expect(await contentHash(database.url)).toBe(await contentHash(loaded.url))
  })

  test('run twice at once makes the rows once', async () => {
    await using database = await fresh()
    const outcomes = await Promise.all([1, 2].map(() => seedDatabase(database.url, 'load', { rows: ROWS })))
    expect(outcomes.map(outcome => outcome.error)).toEqual([undefined, undefined])
    expect(await countRows(database.url)).toEqual(COUNTS)
  })
})

describe('an interrupted load', () => {
  test.each(['users', 'workbooks', 'favorites', 'workbook_views'] as const)(
    'leaves nothing of %s, whole tables before it, and is carried on by the next run',
    async table => {
      await using database = await fresh()
      const { error, profiles } = await seedDatabase(database.url, 'load', { rows: ROWS }, interruptAt(table))
      expect(error?.code).toBe('interrupted')
      const counts = await countRows(database.url)
      expect(counts[table]).toBe(0)
      const finished = profiles.flatMap(each => each.tables.map(({ table: name, made }) => [name, made]))
      expect(Object.fromEntries(Object.entries(counts).filter(([, rows]) => rows > 0))).toEqual(
        Object.fromEntries(finished),
      )
      expect((await seedDatabase(database.url, 'load', { rows: ROWS })).error).toBeUndefined()
      expect(await contentHash(database.url)).toBe(await contentHash(loaded.url))
    },
  )

  test('ends with code 130 after SIGINT, and no session stays behind', async () => {
    await using database = await fresh()
    const child = startCli(['seed', '--profile', 'load', '--rows', '2000000'], {
      env: { DATABASE_URL: database.url },
    })
    await expect.poll(() => countRows(database.url), { timeout: 30_000 }).toMatchObject({ users: 40_000 })
    child.kill('SIGINT')
    expect(await child.result).toMatchObject({
      exit: 130,
      stderr: expect.stringContaining('error[interrupted]'),
    })
    const sessions = await query(
      database.adminUrl,
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'howdah/seed' AND datname = $1`,
      [database.name],
    )
    expect(sessions).toEqual([])
    for (const rows of Object.values(await countRows(database.url)))
      expect(rows % 10).toBe(rows === 16 ? 6 : 0)
  })

  test('by the loss of its connection keeps nothing of the table in flight', async () => {
    await using database = await fresh()
    // The server ends the session itself, in the middle of the COPY and not around it.
    await execute(
      database.url,
      'CREATE SEQUENCE seen',
      `CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF nextval('seen') = 20000 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
         RETURN NEW;
       END $$`,
      'CREATE TRIGGER end_session BEFORE INSERT ON workbook_views FOR EACH ROW EXECUTE FUNCTION end_session()',
    )
    const outcome = await seedDatabase(database.url, 'load', { rows: 50_000 })
    expect(outcome.error?.code).toBe('connection-lost')
    expect(await countRows(database.url)).toMatchObject({ workbook_views: 0, favorites: 7500 })
  })
})
