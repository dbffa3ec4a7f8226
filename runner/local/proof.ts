import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import { Secret } from '../core/secret.ts'
import { plural } from '../core/units.ts'
import { countMigrations } from '../migrate/counts.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { isDirect } from '../postgres/server-facts.ts'
import type { Check, Sight } from './check.ts'
import { hearsTheWatchdog, scrapesAndEvaluates } from './observability-proof.ts'
import type { PlatformPart } from './parts.ts'
import type { Platform } from './platform.ts'

/** Looks at the running platform from outside, over the addresses it gives out. Nothing here trusts what a step said. */
export async function prove(
  platform: Platform,
  connectTimeoutMs: number,
  runtime: Runtime,
): Promise<Check[]> {
  const open = (part: PlatformPart) =>
    connect({
      url: part.url instanceof Secret ? part.url : new Secret(part.url),
      setting: 'local.json',
      applicationName: 'howdah/up',
      connectTimeoutMs,
    })
  const part = (name: PlatformPart['name']) => platform.parts.find(each => each.name === name)
  const [postgres, replica, pooler] = [part('postgres'), part('replica'), part('pooler')]
  const [metrics, replicaMetrics] = [part('metrics'), part('replicaMetrics')]
  const [prometheus, alertmanager] = [part('prometheus'), part('alertmanager')]
  if (!postgres || !metrics) throw new Error('a platform has a server and metrics')
  await using primary = await open(postgres)
  const checks = [
    await checked('migrations', () => migrations(primary, platform)),
    await checked('indexes', () => indexes(primary)),
    await checked('constraints', () => constraints(primary)),
  ]
  if (replica)
    checks.push(await checked('replica', async () => follows(primary, await open(replica), runtime)))
  if (pooler) checks.push(await checked('pooler', async () => pools(await open(pooler))))
  checks.push(await checked('metrics', () => measures(String(metrics.url), runtime.signal)))
  if (replicaMetrics)
    checks.push(
      await checked('metrics of the replica', () => measures(String(replicaMetrics.url), runtime.signal)),
    )
  if (prometheus)
    checks.push(await checked('Prometheus', () => scrapesAndEvaluates(String(prometheus.url), runtime)))
  if (alertmanager)
    checks.push(await checked('Alertmanager', () => hearsTheWatchdog(String(alertmanager.url), runtime)))
  return checks
}

/** A check that could not be made has not passed. */
async function checked(name: string, body: () => Promise<Sight>): Promise<Check> {
  try {
    return { name, ...(await body()) }
  } catch (error) {
    return {
      name,
      ok: false,
      seen: `could not be checked: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

async function migrations(primary: Connection, { folder }: Platform): Promise<Sight> {
  const { applied, pending, failed } = await countMigrations(primary, folder)
  return {
    ok: applied > 0 && pending === 0 && failed === 0,
    seen: `${applied} applied, ${pending} pending, ${failed} failed`,
  }
}

async function indexes(primary: Connection): Promise<Sight> {
  const { total, invalid } = await primary.row<{ total: number; invalid: number }>(
    `SELECT count(*)::int AS total, count(*) FILTER (WHERE NOT (i.indisvalid AND i.indisready))::int AS invalid
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')`,
  )
  return { ok: total > 0 && invalid === 0, seen: `${plural(total, 'index', 'indexes')}, ${invalid} invalid` }
}

async function constraints(primary: Connection): Promise<Sight> {
  const { total, open } = await primary.row<{ total: number; open: number }>(
    `SELECT count(*)::int AS total, count(*) FILTER (WHERE NOT convalidated)::int AS open
       FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
      WHERE c.contype IN ('c', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  )
  return {
    ok: open === 0,
    seen: `${plural(total, 'CHECK or foreign key', 'CHECKs and foreign keys')}, ${open} not validated`,
  }
}

/** What the primary has written by now has to arrive. */
async function follows(primary: Connection, opened: Connection, { clock, signal }: Runtime): Promise<Sight> {
  await using replica = opened
  const { lsn } = await primary.row<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn')
  const started = clock.monotonicMs()
  const there = await poll(
    async () => {
      const { replayed } = await replica.row<{ replayed: boolean | null }>(
        'SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::pg_lsn AS replayed',
        [lsn],
      )
      return replayed || undefined
    },
    { clock, signal, budgetMs: 10_000, firstPauseMs: 20, maxPauseMs: 250 },
  )
  const ms = Math.round(clock.monotonicMs() - started)
  return {
    ok: there === true,
    seen: there ? `in recovery, replayed ${lsn} within ${ms} ms` : `did not replay ${lsn} within ${ms} ms`,
  }
}

async function pools(opened: Connection): Promise<Sight> {
  await using pooled = opened
  const direct = await isDirect(pooled)
  const { database } = await pooled.row<{ database: string }>('SELECT current_database() AS database')
  return {
    ok: !direct,
    seen: direct ? 'the address leads past the pooler' : `reaches ${database} through the pooler`,
  }
}

async function measures(url: string, signal: AbortSignal): Promise<Sight> {
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]) })
  const text = await response.text()
  const up = /^pg_up 1$/m.test(text)
  const samples = text.split('\n').filter(line => line && !line.startsWith('#')).length
  return {
    ok: response.status === 200 && up,
    seen: `HTTP ${response.status}, ${up ? 'pg_up 1' : 'pg_up is not 1'}, ${plural(samples, 'sample')}`,
  }
}
