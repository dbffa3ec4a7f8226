import { Client } from 'pg'
import { expect, onTestFinished } from 'vitest'
import { cli } from '../harness/cli.ts'
import { untilTrue } from '../harness/collectors.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, type Major, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

const PASSWORD = 'canary-of-the-runbooks'

/** Text that somebody ran; only `--show-queries` may show it. */
export const CANARY = 'canary-in-a-query'

export interface TroubledDatabase {
  readonly db: TestDatabase
  /** As the role that `howdah setup monitor-role` makes. */
  readonly monitorUrl: string
  readonly role: string
  readonly slot: string
  /** Prepared a transaction that holds a lock on `orders`; servers name it for that as long as it lives. */
  readonly worker: number
  /** Process ids: the root of a chain of locks, who waits for it, and who waits for that one. */
  readonly root: number
  readonly second: number
  readonly third: number
  /** Two that wait for `root` and queue for the same lock. */
  readonly queued: number
  readonly queuedBehind: number
  /** Builds an index concurrently, and waits for `root` and `second`, one after the other. */
  readonly builder: number
  readonly vacuum: number
  /** Has the run lock of migrations. */
  readonly migration: number
}

export async function session(
  url: string,
  application_name = 'shop',
): Promise<Client & { processID: number }> {
  const client = new Client({ connectionString: url, application_name })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client as Client & { processID: number }
}

/** The URL of the role that `howdah setup monitor-role` makes in a database. */
export async function monitorUrl(url: string, role: string): Promise<string> {
  const made = await cli(['setup', 'monitor-role', '--role', role, '--apply'], {
    env: { DATABASE_URL: url, HOWDAH_MONITOR_PASSWORD: PASSWORD },
  })
  expect(made.exit, made.stderr).toBe(0)
  return Object.assign(new URL(url), { username: role, password: PASSWORD }).href
}

/** A database with nearly everything wrong that an alert can be about, until the test ends. */
export async function startTroubledDatabase(major: Major): Promise<TroubledDatabase> {
  const db = await createDatabase({ major })
  const [role, slot, gid] = [`r_${db.name}`, `slot_${db.name}`, `g_${db.name}`]
  onTestFinished(async () => {
    // A test may have ended them already, and nobody may be in the database that is to go.
    await execute(
      db.url,
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slot}'`,
    )
    for (const { gid } of await query<{ gid: string }>(
      db.url,
      'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()',
    ))
      await execute(db.url, `ROLLBACK PREPARED '${gid}'`)
    await db[Symbol.asyncDispose]()
    await execute(db.adminUrl, `DROP ROLE ${role}`)
  })
  // The superuser has the name of our schema, to which "$user" would lead.
  await execute(db.url, `ALTER DATABASE "${db.name}" SET search_path = public`)
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    '2_broken/migration.sql': `INSERT INTO a VALUES (1, '${CANARY}');`,
  })
  expect(await deploy(project, db)).toMatchObject({ exit: 4 })
  await execute(
    db.url,
    "CREATE EXTENSION pg_stat_statements VERSION '1.9'",
    'CREATE TABLE orders (id serial PRIMARY KEY, note text); INSERT INTO orders (note) VALUES (1), (2), (3)',
    "SELECT setval('orders_id_seq', 2000000000)",
    // A sequence that is wider than the column it feeds.
    "CREATE SEQUENCE wide; ALTER TABLE orders ADD COLUMN ref int DEFAULT nextval('wide'); SELECT setval('wide', 2040109466)",
    'CREATE INDEX orders_note_1 ON orders (note); CREATE INDEX orders_note_2 ON orders (note)',
    "CREATE TABLE big (id int, filler text DEFAULT repeat('x', 500)) WITH (autovacuum_enabled = off)",
    'INSERT INTO big (id) SELECT i % 100 FROM generate_series(1, 20000) i',
    'SELECT pg_stat_force_next_flush()',
    'ANALYZE big',
    'CREATE TABLE parts (i int) PARTITION BY HASH (i)',
    ...Array.from(
      { length: 60 },
      (_, i) => `CREATE TABLE parts_${i} PARTITION OF parts FOR VALUES WITH (MODULUS 60, REMAINDER ${i})`,
    ),
    `SELECT pg_create_physical_replication_slot('${slot}', true)`,
  )
  const url = await monitorUrl(db.url, role)
  await execute(db.url, 'CREATE SCHEMA elsewhere; CREATE SEQUENCE elsewhere.unseen')
  await expect(execute(db.url, 'CREATE UNIQUE INDEX CONCURRENTLY big_id_key ON big (id)')).rejects.toThrow()
  const worker = await session(db.url)
  await worker.query("SET work_mem = '64kB'")
  await worker.query('SELECT count(*) FROM (SELECT DISTINCT i FROM generate_series(1, 300000) i) AS d')
  await worker.query('SELECT count(*) FROM big WHERE id > 0')
  await worker.query('DELETE FROM big WHERE id < 50; SELECT pg_stat_force_next_flush()')
  await worker.query(`BEGIN; INSERT INTO orders (note) VALUES ('prepared')`)
  await worker.query(`PREPARE TRANSACTION '${gid}'`)

  const shop = () => session(db.url)
  const [root, second, third, builder, vacuum] = [
    await shop(),
    await shop(),
    await shop(),
    await shop(),
    await shop(),
  ]
  const [queued, queuedBehind] = [await shop(), await shop()]
  const migration = await session(db.url, 'howdah/migrate deploy')
  await migration.query('SELECT pg_advisory_lock(72707369)')
  const note = `'${CANARY}'`
  await root.query(`BEGIN; LOCK TABLE parts; UPDATE orders SET note = ${note} WHERE id = 1`)
  await second.query(`BEGIN; UPDATE orders SET note = ${note} WHERE id = 2`)
  const background = (client: Client, sql: string) => void client.query(sql).catch(() => undefined)
  background(second, `UPDATE orders SET note = ${note} WHERE id = 1`)
  background(third, `UPDATE orders SET note = ${note} WHERE id = 2`)
  background(queued, 'TRUNCATE parts')
  await untilTrue(db.url, 'SELECT wait_event_type = $2 FROM pg_stat_activity WHERE pid = $1', [
    queued.processID,
    'Lock',
  ])
  background(queuedBehind, 'TRUNCATE parts')
  background(builder, 'CREATE INDEX CONCURRENTLY orders_building ON orders (note)')
  await vacuum.query("SET vacuum_cost_limit = 1; SET vacuum_cost_delay = '100ms'")
  background(vacuum, 'VACUUM big')
  await untilTrue(
    db.url,
    `SELECT count(*) = 5 AND EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE datname = $1 AND heap_blks_total > 0)
        AND EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = $1 AND current_locker_pid > 0)
       FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - interval '1.1s'`,
    [db.name],
  )
  const pids = { worker, root, second, third, queued, queuedBehind, builder, vacuum, migration }
  return {
    db,
    monitorUrl: url,
    role,
    slot,
    ...(Object.fromEntries(Object.entries(pids).map(([name, { processID }]) => [name, processID])) as Record<
      keyof typeof pids,
      number
    >),
  }
}

/** One value of the server. */
export const one = async (url: string, sql: string) =>
  Object.values((await query<Record<string, unknown>>(url, sql))[0] ?? {})[0]
