import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { withReleases } from '../../runner/core/release-stack.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { execute } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'
import { startServe } from './exporter-processes.ts'

/**
 * `node tests/bench/soak.ts --minutes 120`
 *
 * Whether `howdah serve` holds its memory and its descriptors: scraped once a second, which is fifteen times as often as usual,
 * while tables are made and dropped, so that labels come and go. A line every five minutes; at the end the slope of resident
 * memory over the second half, by least squares, since the first one is the heap settling.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '120' }, postgres: { type: 'string', default: '18' } },
})

interface Reading {
  readonly hours: number
  readonly rss: number
  readonly descriptors: number
}

await withReleases(async releases => {
  const settings = { shared_preload_libraries: 'pg_stat_statements' }
  const server = await startThrowAwayServer(
    { major: Number(values.postgres), settings, volatile: true },
    releases,
  )
  const url = Object.assign(new URL(server.url), { pathname: '/app' }).href
  await execute(server.url, 'CREATE DATABASE app')
  await execute(url, 'CREATE EXTENSION pg_stat_statements')
  const page = await startServe(url, releases)
  const readings: Reading[] = []
  const began = performance.now()
  const minutes = () => (performance.now() - began) / 60_000
  let [scrapes, failed, told] = [0, 0, 0]
  while (minutes() < Number(values.minutes)) {
    const name = `soak_${scrapes}`
    await execute(url, `CREATE TABLE ${name} AS SELECT generate_series(1, 500)`, `ANALYZE ${name}`)
    if (scrapes >= 40) await execute(url, `DROP TABLE soak_${scrapes - 40}`)
    const series = parseExposition(await (await fetch(page)).text())
    scrapes += 1
    if (valueIn(series, 'pg_exporter_last_scrape_error') !== 0) failed += 1
    readings.push({
      hours: minutes() / 60,
      rss: valueIn(series, 'process_resident_memory_bytes') ?? Number.NaN,
      descriptors: valueIn(series, 'process_open_fds') ?? Number.NaN,
    })
    if (minutes() >= told) {
      told += 5
      say(`${minutes().toFixed(0).padStart(4)} min`, readings.slice(-1), scrapes, failed)
    }
    await delay(1000)
  }
  const half = readings.slice(Math.floor(readings.length / 2))
  say('in all', readings, scrapes, failed)
  process.stdout.write(
    `second half: ${(slope(half) / 2 ** 20).toFixed(2)} MiB an hour, at most ${mib(Math.max(...half.map(({ rss }) => rss)))} MiB\n`,
  )
})

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

function say(when: string, readings: readonly Reading[], scrapes: number, failed: number): void {
  const most = (of: (reading: Reading) => number) => Math.max(...readings.map(of))
  process.stdout.write(
    `${when}: ${mib(most(({ rss }) => rss))} MiB resident, ${most(({ descriptors }) => descriptors)} descriptors, ${scrapes} scrapes, ${failed} with an error\n`,
  )
}

/** Bytes an hour. */
function slope(readings: readonly Reading[]): number {
  const mean = (of: (reading: Reading) => number) =>
    readings.reduce((sum, reading) => sum + of(reading), 0) / readings.length
  const [hours, rss] = [mean(reading => reading.hours), mean(reading => reading.rss)]
  const covariance = mean(reading => (reading.hours - hours) * (reading.rss - rss))
  return covariance / mean(reading => (reading.hours - hours) ** 2)
}
