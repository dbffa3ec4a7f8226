import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Duration } from '../../monitoring/rules/duration.ts'

/** Whether this machine has a Prometheus; a suite that needs one says `apt-get install prometheus` when it is skipped. */
export const prometheusOnPath = spawnSync('prometheus', ['--version']).status === 0

export interface PrometheusOptions {
  /** What is scraped, by its job: `host:port` or the address of a metrics server. */
  readonly targets: Readonly<Record<string, readonly string[]>>
  /** Paths of rule files; none: nothing is recorded and nothing fires. */
  readonly rules?: readonly string[]
  /** Between two scrapes, 1 s unless told. */
  readonly scrape?: Duration
  /** Between two evaluations of the rules, 1 s unless told. */
  readonly evaluate?: Duration
}

/** One series of an answer, with its value at that moment. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface PrometheusAlert {
  readonly name: string
  readonly state: 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly activeAt: Date
}

export interface TestPrometheus extends AsyncDisposable {
  /** `http://127.0.0.1:41234`. */
  readonly url: string
  /** An instant query. @throws what Prometheus says of an expression that it cannot parse or evaluate */
  readonly query: (expression: string) => Promise<readonly PrometheusSample[]>
  /** Alerts that are pending or firing at this moment. */
  readonly alerts: () => Promise<readonly PrometheusAlert[]>
  /** Waits until every target was scraped successfully that often. */
  readonly scraped: (times: number) => Promise<void>
  /** All it has logged so far. */
  readonly log: () => string
  /** Ends it and removes its data, as disposing of it does. */
  readonly stop: () => Promise<void>
}

/** A real Prometheus with data of its own, on a free port. Whoever starts it disposes of it. */
export async function startPrometheus(options: PrometheusOptions): Promise<TestPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-prometheus-'))
  const config = join(directory, 'prometheus.yml')
  await writeFile(config, stringify(configuration(options)))
  const child = spawn('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    // It chooses the port itself, so that nobody can take it in between, and logs which.
    '--web.listen-address=127.0.0.1:0',
  ])
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      written += chunk
    })
  const ended = once(child, 'close').then(() => true as const)
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const seen = await look()
      if (seen !== undefined) return seen
      if (await Promise.race([ended, pause(100)])) throw new Error(`Prometheus has ended:\n${written}`)
    }
  }
  try {
    const url = await until(async () => {
      const address = /msg="Listening on".* address=(\S+)/.exec(written)?.[1]
      return address && (await isReady(`http://${address}`)) ? `http://${address}` : undefined
    })
    const query = async (expression: string) => samplesOf(await ask(url, 'query', { query: expression }))
    const expected = Object.values(options.targets).flat().length
    return {
      url,
      query,
      alerts: async () => alertsOf(await ask(url, 'alerts', {})),
      scraped: times =>
        until(async () => {
          const often = await query(`sum_over_time(up[1h]) >= ${times}`)
          return often.length >= expected ? true : undefined
        }).then(() => undefined),
      log: () => written,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function configuration({ targets, rules = [], scrape = '1s', evaluate = '1s' }: PrometheusOptions) {
  return {
    global: { scrape_interval: scrape, scrape_timeout: scrape, evaluation_interval: evaluate },
    rule_files: rules,
    scrape_configs: Object.entries(targets).map(([job_name, addresses]) => ({
      job_name,
      static_configs: [{ targets: addresses.map(address => address.replace(/^http:\/\//, '')) }],
    })),
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok
  } catch {
    return false
  }
}

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data?: unknown
}

async function ask(url: string, what: string, values: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/${what}?${new URLSearchParams(values)}`)
  const { status, error, data } = (await response.json()) as Answer
  if (status !== 'success') throw new Error(`${Object.values(values).join(' ')}: ${error}`)
  return data
}

function samplesOf(data: unknown): readonly PrometheusSample[] {
  const { resultType, result } = data as { resultType: string; result: unknown }
  if (resultType === 'scalar') return [{ labels: {}, value: Number((result as [number, string])[1]) }]
  const vector = result as { metric: Record<string, string>; value: [number, string] }[]
  return vector.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
}

function alertsOf(data: unknown): readonly PrometheusAlert[] {
  const { alerts } = data as { alerts: (Omit<PrometheusAlert, 'name' | 'activeAt'> & { activeAt: string })[] }
  return alerts.map(alert => ({
    ...alert,
    name: alert.labels.alertname ?? '',
    activeAt: new Date(alert.activeAt),
  }))
}

const pause = (ms: number) => new Promise<false>(resolve => setTimeout(resolve, ms, false))
