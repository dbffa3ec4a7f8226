import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/bcrypt'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ask } from '../harness/collectors.ts'
import { counting } from '../harness/exporter.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import { listening, startVerb, type VerbProcess } from '../harness/verb-process.ts'

const CHECKOUT = new URL('../..', import.meta.url).pathname
const TOKEN = 'canary-token-0123456789'
const USER_PASSWORD = 'canary_user_password'

/** A session that keeps running what it is told until the test ends. */
async function busy(url: string, application: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url, application_name: application })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  for (const statement of statements.slice(0, -1)) await client.query(statement)
  client.query(statements.at(-1) ?? '').catch(() => undefined)
}

/** The history of a deploy that failed, with what the server said. */
const FAILED_HISTORY = [
  `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL,
     finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
     started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`,
  `INSERT INTO _prisma_migrations (id, checksum, migration_name, logs)
     VALUES ('canary_id', 'canary_checksum', 'canary_migration_name', 'canary_migration_logs')`,
]

/** Something to find in every place where text of people or programs is kept. */
async function plant({ url, adminUrl, name }: TestDatabase): Promise<AsyncDisposable> {
  await execute(
    url,
    'CREATE EXTENSION pg_stat_statements',
    `CREATE TABLE ordinary (id int DEFAULT 1)`,
    `COMMENT ON TABLE ordinary IS 'canary_comment'`,
    `COMMENT ON COLUMN ordinary.id IS 'canary_column_comment'`,
    `COMMENT ON DATABASE "${name}" IS 'canary_database_comment'`,
    `CREATE FUNCTION raising() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION 'canary_raised' USING ERRCODE = '42501', DETAIL = 'canary_detail', HINT = 'canary_hint'; END $$`,
    ...FAILED_HISTORY,
    // Who is no superuser reads a row only by way of the function that raises.
    'ALTER TABLE _prisma_migrations ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY raising ON _prisma_migrations USING (raising() IS NOT NULL)`,
    `CREATE ROLE role_${name} LOGIN PASSWORD 'canary_role_password'`,
    `GRANT pg_monitor TO role_${name}`,
    `GRANT SELECT ON _prisma_migrations TO role_${name}`,
    `SELECT /* canary_block_comment */ 'canary_executed' -- canary_line_comment`,
    `PREPARE canary_prepared AS SELECT 'canary_prepared_text'`,
  )
  onTestFinished(() => execute(adminUrl, `DROP ROLE role_${name}`))
  await busy(url, 'canary_application', `SELECT pg_sleep(600), 'canary_running'`)
  await busy(url, 'canary_idle', 'BEGIN', `SELECT 'canary_idle_in_transaction' FROM ordinary`)
  await busy(url, 'canary_holder', `SELECT pg_advisory_lock(72707369), 'canary_lock_held'`)
  await busy(url, 'canary_waiter', `SELECT pg_advisory_lock(72707369), 'canary_lock_waiting'`)
  await busy(
    url,
    'canary_waiter_of_table',
    `SET application_name = 'canary_renamed'`,
    `LOCK TABLE ordinary IN ACCESS EXCLUSIVE MODE /* canary_table_waiting */`,
  )
  const prepared = `canary_prepared_${name}`
  await execute(url, 'BEGIN', 'CREATE TABLE other (a int)', `PREPARE TRANSACTION '${prepared}'`)
  return { [Symbol.asyncDispose]: () => execute(url, `ROLLBACK PREPARED '${prepared}'`) }
}

async function everyPage(verb: VerbProcess): Promise<{ metrics: string; all: string }> {
  const url = await listening(verb)
  const adminUrl = /"adminUrl": "([^"]+)"/.exec(verb.stdout())?.[1]
  const headers = { authorization: `Bearer ${TOKEN}` }
  const read = async (page: string) => {
    const response = await fetch(page, { headers })
    return `${page} ${response.status} ${JSON.stringify([...response.headers])}\n${await response.text()}`
  }
  const texts: string[] = []
  for (const path of ['/', '/status.json', '/livez', '/readyz', '/nope?canary', '/metrics'])
    texts.push(await read(url + path))
  const refused = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer canary_wrong_token' } })
  expect(refused.status).toBe(401)
  texts.push(await refused.text(), await read(`${adminUrl}/-/collectors`))
  const metrics = await (await fetch(`${url}/metrics`, { headers })).text()
  const refreshed = await fetch(`${adminUrl}/-/refresh`, { method: 'POST', headers })
  expect(refreshed.status).toBe(200)
  return { metrics, all: [...texts, metrics].join('\n') }
}

const canaries = (text: string) => [...new Set(text.replaceAll('?canary', '').match(/canary\w*/gi) ?? [])]

describe.each([15, 18] as const)('on Postgres %i', major => {
  test('no text of a statement, comment, error, session or secret is in a page or the log', async () => {
    await using database = await createDatabase({ major })
    await using _planted = await plant(database)
    const seen = await query<{ text: string }>(
      database.url,
      `SELECT concat((SELECT string_agg(concat(query, application_name), ' ') FROM pg_stat_activity),
         (SELECT string_agg(query, ' ') FROM pg_stat_statements)) AS text`,
    )
    // What is nowhere to be seen proves nothing by not being seen.
    for (const planted of [
      'running',
      'idle_in_transaction',
      'application',
      'lock_waiting',
      'table_waiting',
      'role_password',
      'block_comment',
    ])
      expect(canaries(seen[0]?.text ?? '')).toContain(`canary_${planted}`)
    const directory = await mkdtemp(join(tmpdir(), 'howdah-canary-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const webConfig = join(directory, 'web.yml')
    const hashed = await hash(USER_PASSWORD, { cost: 4 })
    await writeFile(webConfig, `basic_auth_users: {canary_user: ${hashed}}\n`)
    const url = new URL(database.url)
    url.username = `role_${database.name}`
    url.password = 'canary_role_password'
    const env = {
      DATABASE_URL: url.href,
      HOWDAH_METRICS_TOKEN: TOKEN,
      HOWDAH_METRICS_WEB_CONFIG: webConfig,
      HOWDAH_POOLER_ADMIN_URLS:
        'postgresql://canary_pooler_user:canary_pooler_password@127.0.0.1:9/pgbouncer',
    }
    const serve = (format: string) =>
      startVerb(
        [
          'serve',
          '--json',
          '--database',
          'playground',
          '--metrics-port',
          '0',
          '--metrics-admin-port',
          '0',
          '--log-level',
          'debug',
          '--log-format',
          format,
        ],
        env,
        CHECKOUT,
      )
    await using json = await serve('json')
    await using pretty = await serve('pretty')
    const verbs = [json, pretty]
    const outputs: string[] = []
    for (const verb of verbs) {
      const { all, metrics } = await everyPage(verb)
      outputs.push(all)
      const success = valueIn(parseExposition(metrics), 'pg_scrape_collector_success', {
        collector: 'migrations',
      })
      expect(success).toBe(0)
      expect(all).toContain('"collector": "migrations"')
      expect(verb.stderr()).toContain('SQLSTATE 42501 (insufficientPrivilege)')
    }
    await execute(database.url, 'ALTER TABLE _prisma_migrations DISABLE ROW LEVEL SECURITY')
    for (const verb of verbs) {
      const { all, metrics } = await everyPage(verb)
      outputs.push(all)
      const series = parseExposition(metrics)
      const { name: datname } = database
      expect(valueIn(series, 'howdah_migrations_failed', { datname })).toBe(1)
      expect(valueIn(series, 'pg_prepared_xacts_count')).toBeGreaterThan(0)
      verb.child.kill('SIGTERM')
      expect(await verb.exited).toBe(0)
      outputs.push(verb.stdout(), verb.stderr())
    }
    expect(canaries(outputs.join('\n'))).toEqual([])
    expect(outputs.join('\n')).not.toContain(hashed)
  }, 60_000)
})

test('why a collector failed is told in words where the server’s have no values in them, else by SQLSTATE', async () => {
  await using database = await createDatabase()
  await execute(database.url, 'CREATE TABLE hidden (a int)')
  const statements = {
    cast: `SELECT 'canary_cast'::int`,
    missing: 'SELECT 1 FROM nowhere',
    raised: `DO $$ BEGIN RAISE EXCEPTION 'canary_raised' USING ERRCODE = '42P01'; END $$`,
    slow: `SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(10)`,
  }
  const { failures } = await ask(
    database.url,
    Object.entries(statements).map(([name, sql]) => counting(name, undefined, () => sql).collector),
  )
  expect(failures).toEqual({
    cast: 'the server refused with SQLSTATE 22P02; its log says more',
    missing: 'relation "nowhere" does not exist',
    raised: 'the server refused with SQLSTATE 42P01 (undefinedTable); its log says more',
    slow: 'canceling statement due to statement timeout',
  })
})
