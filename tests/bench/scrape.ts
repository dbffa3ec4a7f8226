import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type ReleaseStack, withReleases } from '../../runner/core/release-stack.ts'
import { choosePort } from '../../runner/embedded/ports.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { execute, query } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'
import { startProgram, startServe } from './exporter-processes.ts'
import { TABLE_QUERIES } from './postgres-exporter-queries.ts'

/**
 * `node tests/bench/scrape.ts --tables 10000 --scrapes 50 --seconds 60`
 *
 * What a scrape of `/metrics` costs, whole, over HTTP, on a database of that many tables (a key, an index, 20 rows each), and
 * the same with postgres_exporter from the path (Debian: `apt-get install prometheus-postgres-exporter`), in turn, on the same
 * server. The peer runs twice: as it comes, without any metrics of tables, and with those that newer releases have by default
 * (`postgres-exporter-queries.ts`), which Debian's 0.11 takes as queries of the user's.
 * Then ours is scraped every 5 s for a while: its memory, its event loop, and what it costs the server.
 */
const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: '10000' },
    scrapes: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
    postgres: { type: 'string', default: '18' },
  },
})

/** An exporter to scrape. */
interface Contender {
  readonly title: string
  readonly page: string
}

interface Scrape {
  readonly ms: number
  readonly bytes: number
  readonly series: number
}

await withReleases(async releases => {
  const settings = { shared_buffers: '512MB', shared_preload_libraries: 'pg_stat_statements' }
  const server = await startThrowAwayServer(
    { major: Number(values.postgres), settings, volatile: true },
    releases,
  )
  const url = Object.assign(new URL(server.url), { pathname: '/app' }).href
  await execute(server.url, 'CREATE DATABASE app')
  await makeTables(url, Number(values.tables))
  const about = `PostgreSQL ${values.postgres}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
  process.stdout.write(`${about}\n${values.tables} tables, ${values.scrapes} scrapes each, in turn\n\n`)

  const ours: Contender = { title: 'howdah serve', page: await startServe(url, releases) }
  const contenders = [
    ours,
    { title: 'postgres_exporter, as it comes', page: await startPeer(url, releases, false) },
    { title: 'postgres_exporter, with tables', page: await startPeer(url, releases, true) },
  ]
  const first = new Map<string, Scrape[]>()
  for (const contender of contenders) first.set(contender.title, [await scrape(contender)])
  print('the first scrape', first)
  print('until nothing is pending', new Map([[ours.title, await warmUp(ours)]]))
  const later = new Map<string, Scrape[]>()
  for (let round = 0; round < Number(values.scrapes); round++) {
    for (const contender of contenders)
      later.set(contender.title, [...(later.get(contender.title) ?? []), await scrape(contender)])
  }
  print('later ones', later)
  await cost(ours, url, Number(values.seconds))
})

/** In batches: every table is several locks, held until the end of its transaction. */
async function makeTables(url: string, count: number): Promise<void> {
  await execute(url, 'CREATE EXTENSION pg_stat_statements')
  for (let from = 1; from <= count; from += 500) {
    await execute(
      url,
      `DO $$ BEGIN FOR i IN ${from}..${Math.min(count, from + 499)} LOOP
         EXECUTE format('CREATE TABLE t_%s (id bigserial PRIMARY KEY, name text, at timestamptz DEFAULT now())', i);
         EXECUTE format('INSERT INTO t_%s (name) SELECT md5(n::text) FROM generate_series(1, 20) n', i);
         EXECUTE format('CREATE INDEX ON t_%s (name)', i);
       END LOOP; END $$`,
    )
  }
  await execute(url, 'VACUUM ANALYZE', 'CHECKPOINT')
}

async function startPeer(url: string, releases: ReleaseStack, withTables: boolean): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-peer-'))
  releases.push(`removing ${directory}`, () => rm(directory, { recursive: true, force: true }))
  const queries = join(directory, 'queries.yaml')
  await writeFile(queries, JSON.stringify(TABLE_QUERIES))
  const port = await choosePort({ asked: 0, what: 'postgres_exporter', setting: 'nothing' })
  const page = `http://127.0.0.1:${port}/metrics`
  const more = withTables ? [`--extend.query-path=${queries}`] : []
  const child = startProgram(
    'prometheus-postgres-exporter',
    [`--web.listen-address=127.0.0.1:${port}`, '--log.level=error', ...more],
    { DATA_SOURCE_NAME: `${url}?sslmode=disable` },
    releases,
  )
  await Promise.race([
    untilAnswers(new URL('/', page)),
    once(child, 'close').then(() => Promise.reject(new Error('postgres_exporter has ended'))),
  ])
  return page
}

async function untilAnswers(url: URL): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))) await delay(50)
}

async function scrape({ title, page }: Contender): Promise<Scrape & { readonly text: string }> {
  const started = performance.now()
  const text = await (await fetch(page)).text()
  const ms = performance.now() - started
  if (!/^pg_up 1$/m.test(text)) throw new Error(`${title}: not up`)
  const series = text.split('\n').filter(line => line !== '' && !line.startsWith('#')).length
  return { ms, bytes: Buffer.byteLength(text), series, text }
}

/** Those that follow the first, until every collector had its turn. */
async function warmUp(contender: Contender): Promise<Scrape[]> {
  const scrapes: Scrape[] = []
  let pending = true
  while (pending) {
    const { text, ...measured } = await scrape(contender)
    scrapes.push(measured)
    pending = text.includes('\npg_scrape_collector_pending{')
  }
  return scrapes
}

/** Memory and event loop as the page itself says, and what the server counts of our statements. */
async function cost({ page, title }: Contender, url: string, seconds: number): Promise<void> {
  await execute(url, 'SELECT pg_stat_statements_reset()')
  const began = performance.now()
  let memory = 0
  let lag = 0
  while (performance.now() - began < seconds * 1000) {
    await delay(5000)
    const series = parseExposition(await (await fetch(page)).text())
    memory = Math.max(memory, valueIn(series, 'process_resident_memory_bytes') ?? Number.NaN)
    lag = Math.max(lag, valueIn(series, 'nodejs_eventloop_lag_p99_seconds') ?? Number.NaN)
  }
  const [served] = await query<{ ms: number }>(
    url,
    `SELECT sum(total_exec_time) AS ms FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements_reset%'`,
  )
  const share = ((served?.ms ?? Number.NaN) / (performance.now() - began)) * 100
  process.stdout.write(
    `${title}, scraped every 5 s for ${seconds} s: at most ${Math.round(memory / 2 ** 20)} MiB resident, event loop p99 at most ${(lag * 1000).toFixed(1)} ms, ${share.toFixed(2)} % of a core at the server\n`,
  )
}

function print(what: string, measured: ReadonlyMap<string, readonly Scrape[]>): void {
  process.stdout.write(`${what.padEnd(34)}  p50 ms  p95 ms  max ms       bytes   series\n`)
  for (const [title, scrapes] of measured) {
    const sorted = scrapes.map(({ ms }) => ms).toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
    const times = [at(0.5), at(0.95), sorted.at(-1)].map(ms => (ms ?? Number.NaN).toFixed(0).padStart(6))
    const last = scrapes.at(-1)
    const size = `${String(last?.bytes).padStart(10)}  ${String(last?.series).padStart(7)}`
    process.stdout.write(`  ${title.padEnd(32)}  ${times.join('  ')}  ${size}\n`)
  }
  process.stdout.write('\n')
}
