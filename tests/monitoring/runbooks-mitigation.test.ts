import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { catalogue } from '../../runner/names.ts'
import { readPages } from '../../runner/runbook/read-pages.ts'
import { parseScript } from '../../runner/sql/parse.ts'
import { untilTrue } from '../harness/collectors.ts'
import { pgbouncer, startTestPooler } from '../harness/pooler.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'
import { fences, inlineCode, withPlaceholders } from './runbooks-page-parts.ts'
import { ask, questionsNamed } from './runbooks-questions.ts'
import { startTroubledDatabase } from './runbooks-troubled-database.ts'

const pages = await readPages()

/** Every statement that a page tells people to run, besides its questions. */
async function statements(): Promise<readonly string[]> {
  const texts = pages.flatMap(({ markdown }) =>
    fences(markdown, 'sql').filter(text => !text.startsWith('-- Tells: ')),
  )
  const scripts = await Promise.all([...new Set(texts)].map(text => parseScript(withPlaceholders(text))))
  return [
    ...new Set(
      scripts.flatMap(script => (script.ok ? script.statements.map(({ text }) => text.trim()) : [])),
    ),
  ]
}

/** What the placeholders of the pages name, made anew before each statement. */
const OBJECTS = [
  'ALTER SYSTEM RESET ALL',
  'SELECT pg_reload_conf()',
  `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'slot1'`,
  `SELECT pg_create_physical_replication_slot('slot1')`,
  'DROP TABLE IF EXISTS public.orders',
  'CREATE TABLE public.orders (id serial, note text) WITH (autovacuum_enabled = off)',
  'CREATE INDEX orders_idx ON public.orders (id)',
  'DROP EXTENSION IF EXISTS pg_stat_statements',
  `CREATE EXTENSION pg_stat_statements VERSION '1.9'`,
  'ALTER ROLE app RESET ALL',
]

test('every statement of every Mitigation is carried out by a server', async () => {
  const releases = new ReleaseStack()
  onTestFinished(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })
  const settings = {
    fsync: 'off',
    max_prepared_transactions: '5',
    shared_preload_libraries: 'pg_stat_statements',
  }
  const { url } = await startThrowAwayServer({ major: 18, settings, volatile: true }, releases)
  await execute(url, 'CREATE ROLE app LOGIN')
  const all = await statements()
  expect(all.length).toBeGreaterThan(40)
  const failures: string[] = []
  for (const statement of all) {
    const prepared = statement.startsWith('ROLLBACK PREPARED')
    await execute(
      url,
      ...OBJECTS,
      ...(statement.startsWith('CREATE INDEX') ? ['DROP INDEX public.orders_idx'] : []),
      ...(prepared ? ["BEGIN; INSERT INTO public.orders DEFAULT VALUES; PREPARE TRANSACTION 'g1'"] : []),
    )
    const client = new Client(url)
    client.on('error', () => undefined)
    await client.connect()
    const failure = await client.query(statement).then(
      () => '',
      error => String(error),
    )
    await client.end()
    // Only a replica replays.
    if (failure !== '' && !(statement.includes('pg_wal_replay_resume') && failure.includes('recovery')))
      failures.push(`${statement}: ${failure}`)
  }
  expect(failures).toEqual([])
})

test('what a page tells to do ends what its questions show', async () => {
  const { db, root, second, monitorUrl, slot, builder, vacuum } = await startTroubledDatabase(18)
  const told = (page: string, beginning: string, values: Readonly<Record<string, string | number>>) => {
    const text = pages.find(({ name }) => name === page)?.markdown ?? ''
    const [statement] = fences(text, 'sql')
      .flatMap(block => block.split('\n'))
      .filter(line => line.startsWith(beginning))
    if (statement === undefined) throw new Error(`${page} does not tell ${beginning}`)
    return execute(
      db.url,
      statement.replace(/<(\w+)>/g, (_, name: string) => String(values[name])),
    )
  }
  const rows = async (name: string) => (await ask(monitorUrl, questionsNamed(name))).get(name)?.rows ?? []
  const ours = async (name: string) => (await rows(name)).filter(({ datname }) => datname === db.name)

  expect((await ours('blocking-tree')).length).toBeGreaterThan(2)
  await told('PgBlockedSessions', 'SELECT pg_terminate_backend', { pid: root })
  // Its place is taken by the next in the row, which is idle in transaction as well.
  await expect.poll(async () => (await ours('blocking-tree')).map(({ pid }) => pid)).not.toContain(`${root}`)
  await told('PgBlockingChainDeep', 'SELECT pg_terminate_backend', { pid: second })
  // The build waits for a transaction that has no session.
  await expect.poll(async () => (await ours('blocking-tree')).map(({ pid }) => pid)).toEqual([`. ${builder}`])
  expect((await rows('blocking-tree')).map(({ pid }) => pid)).toContain('prepared transaction')

  const holds = async (which: string) => (await rows('xmin-holders')).some(row => row.which === which)
  expect(await holds(`g_${db.name}`)).toBe(true)
  await told('PgXminHorizonStuck', 'ROLLBACK PREPARED', { gid: `g_${db.name}` })
  expect(await holds(`g_${db.name}`)).toBe(false)
  await expect.poll(() => ours('blocking-tree')).toEqual([])

  await untilTrue(db.url, 'SELECT state = $2 FROM pg_stat_activity WHERE pid = $1', [builder, 'idle'])
  // It has the table, and takes its time.
  await told('PgBlockedSessions', 'SELECT pg_cancel_backend', { pid: vacuum })
  expect((await rows('invalid-indexes')).map(({ index }) => index)).toEqual(['big_id_key'])
  await told('PgIndexInvalid', 'DROP INDEX CONCURRENTLY', { schema: 'public', index: 'big_id_key' })
  expect(await rows('invalid-indexes')).toEqual([])

  const kept = async () => (await rows('slots')).some(({ slot_name }) => slot_name === slot)
  expect(await kept()).toBe(true)
  await told('PgSlotInactive', 'SELECT pg_drop_replication_slot', { slot })
  expect(await kept()).toBe(false)

  await told('PgSequenceExhaustionCritical', 'ALTER SEQUENCE <schema>.<sequence> MINVALUE', {
    schema: 'public',
    sequence: 'orders_id_seq',
  })
  expect(await query(db.url, "INSERT INTO orders (note) VALUES ('x') RETURNING id")).toEqual([
    { id: -2147483648 },
  ])
  await told('PgExtensionUpdateAvailable', 'ALTER EXTENSION', { extension: 'pg_stat_statements' })
  expect(await rows('extension-updates')).toEqual([])
})

test('every name of the server between backticks exists: a metric, or something of Postgres', async () => {
  await using db = await createDatabase()
  const known = await query<{ name: string }>(
    db.url,
    `SELECT proname AS name FROM pg_proc UNION SELECT relname FROM pg_class UNION SELECT rolname FROM pg_roles
      UNION SELECT name FROM pg_settings UNION SELECT name FROM pg_available_extensions`,
  )
  const names = new Set([
    ...known.map(({ name }) => name),
    ...Object.keys(catalogue()),
    'pg_wal',
    'pg_dump',
    'pg_rewind',
  ])
  const unknown = pages.flatMap(({ name, markdown }) =>
    inlineCode(markdown)
      .filter(code => /^pg(bouncer)?_\w+$/.test(code) && !names.has(code))
      .map(code => `${name}: ${code}`),
  )
  expect(unknown).toEqual([])
})

describe.skipIf(!pgbouncer)('on a real PgBouncer (needs pgbouncer: apt-get install pgbouncer)', () => {
  test('every command for its console is carried out', async () => {
    await using db = await createDatabase()
    const { url, adminUrl } = await startTestPooler(db)
    await execute(url, 'SELECT 1')
    const commands = new Set(
      pages.flatMap(({ markdown }) => fences(markdown, 'pgbouncer').flatMap(text => text.split('\n'))),
    )
    expect(commands.size).toBeGreaterThan(4)
    const first: Readonly<Record<string, string>> = { RESUME: 'PAUSE', ENABLE: 'DISABLE' }
    for (const command of commands) {
      const filled = command.replace('<database>', db.name)
      const before = first[filled.split(' ')[0] ?? '']
      const stopped = async () => {
        const [row] = (await query<Record<string, unknown>>(adminUrl, 'SHOW DATABASES')).filter(
          ({ name }) => name === db.name || name === '*',
        )
        return Number(row?.paused ?? 0) + Number(row?.disabled ?? 0)
      }
      if (before !== undefined) {
        await execute(adminUrl, `${before} ${db.name}`)
        expect(await stopped(), before).toBe(1)
      }
      await execute(adminUrl, filled)
      expect(await stopped(), filled).toBe(0)
    }
    await execute(url, 'SELECT 1')
  })
})
