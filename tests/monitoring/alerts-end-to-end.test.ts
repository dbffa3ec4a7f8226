import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { alertGroups } from '../../monitoring/rules/alerts/registry.ts'
import { secondsOf } from '../../monitoring/rules/duration.ts'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { CHECKOUT, cli } from '../harness/cli.ts'
import { execute } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'
import {
  type PrometheusAlert,
  prometheusOnPath,
  startPrometheus,
  type TestPrometheus,
} from '../harness/prometheus.ts'
import { startPair } from '../harness/replica-pair.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

/** Beyond its `for` an alert may take this long: the condition has to be seen, and Prometheus to look. */
const ALLOWANCE_SECONDS = 60

/** What every server says that has just been started, and Prometheus of itself. */
const ALWAYS = ['Watchdog', 'PgRestarted']

const QUICK = { fsync: 'off', shared_buffers: '32MB' }

/** Something that goes wrong at a server, and the alert that has to tell of it. */
interface Fault {
  readonly alert: string
  /** `host:port` of the exporter that sees it. */
  readonly instance: string
  /** How long after the fault its condition holds, in seconds: a lag of 30 s takes 30 s. */
  readonly conditionSeconds?: number
  readonly inject: () => Promise<unknown>
  readonly heal: () => Promise<unknown>
}

/** A real `howdah serve` of its own; the address Prometheus is given. */
async function serve(url: string, directory: string): Promise<string> {
  const verb = await startVerb(['serve', '--json', '--metrics-port', '0'], { DATABASE_URL: url }, directory)
  onTestFinished(() => verb[Symbol.asyncDispose]())
  return new URL(await listening(verb)).host
}

/** Sessions that last until the test ends, and do not mind being cut off. */
async function sessions(url: string, count: number): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => new Client(url))
  for (const client of clients) client.on('error', () => undefined)
  await Promise.all(clients.map(client => client.connect()))
  onTestFinished(async () => {
    await Promise.all(clients.map(client => client.end().catch(() => undefined)))
  })
  return clients
}

const ownReleases = () => {
  const releases = new ReleaseStack()
  onTestFinished(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })
  return releases
}

/** The server is gone without a word. */
async function killed(): Promise<Fault> {
  const server = await startThrowAwayServer({ major: 18, settings: QUICK, volatile: true }, ownReleases())
  const instance = await serve(server.url, CHECKOUT)
  return { alert: 'PgDown', instance, inject: server.crash, heal: server.restart }
}

/** The application takes every connection there is; the exporter has its own already. */
async function full(): Promise<Fault> {
  // The exporter does not count its own session, which of twenty would be the last twentieth.
  const settings = { ...QUICK, max_connections: '40', superuser_reserved_connections: '0' }
  const server = await startThrowAwayServer({ major: 18, settings, volatile: true }, ownReleases())
  const instance = await serve(server.url, CHECKOUT)
  const taken: Client[] = []
  const another = async () => {
    const [client] = await sessions(server.url, 1)
    if (client) taken.push(client)
  }
  return {
    alert: 'PgConnectionsExhausted',
    instance,
    inject: async () => {
      // Until the server refuses: that is what the application sees.
      for (;;) {
        const refused = await another().then(
          () => undefined,
          error => error,
        )
        if (refused) return expect(refused).toMatchObject({ code: '53300' })
      }
    },
    heal: () => Promise.all(taken.map(client => client.end())),
  }
}

/** A migration fails, and somebody keeps a lock that others want. */
async function primaryAndReplica(): Promise<readonly Fault[]> {
  const { primary, replica } = await startPair(18)
  const project = await createProject({ '1_a/migration.sql': 'CREATE TABLE a (id int);' })
  onTestFinished(() => project[Symbol.asyncDispose]())
  const deploy = () => cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: primary } })
  expect(await deploy()).toMatchObject({ exit: 0 })
  const broken = 'prisma/app/migrations/2_b/migration.sql'
  const [holder] = await sessions(primary, 1)
  const waiting: Promise<unknown>[] = []
  const instance = await serve(primary, project.directory)
  return [
    {
      alert: 'PgMigrationFailed',
      instance,
      inject: async () => {
        await project.write({ [broken]: 'CREATE TABLE b (id int);\nSELECT 1/0;' })
        expect(await deploy()).toMatchObject({ exit: 4 })
      },
      heal: async () => {
        await project.write({ [broken]: 'CREATE TABLE b (id int);' })
        expect(await deploy()).toMatchObject({ exit: 0 })
      },
    },
    {
      alert: 'PgBlockedSessions',
      instance,
      inject: async () => {
        await execute(primary, 'CREATE TABLE wanted (id int)')
        await holder?.query('BEGIN; LOCK TABLE wanted')
        const blocked = await sessions(primary, 6)
        waiting.push(...blocked.map(client => client.query('SELECT * FROM wanted').catch(() => undefined)))
      },
      heal: async () => {
        await holder?.query('ROLLBACK')
        await Promise.all(waiting)
      },
    },
    {
      alert: 'PgReplicationLagHigh',
      instance: await serve(replica, CHECKOUT),
      conditionSeconds: 30,
      inject: async () => {
        await execute(replica, 'SELECT pg_wal_replay_pause()')
        await execute(primary, 'CREATE TABLE not_there_yet (id int)')
      },
      heal: () => execute(replica, 'SELECT pg_wal_replay_resume()'),
    },
  ]
}

/** Seconds an alert may take from the fault to `firing`. */
function budgetOf({ alert, conditionSeconds = 0 }: Fault): number {
  const found = alertGroups()
    .flatMap(({ alerts }) => alerts)
    .find(({ name }) => name === alert)
  if (!found) throw new Error(`no alert ${alert}`)
  return conditionSeconds + secondsOf(found.for) + ALLOWANCE_SECONDS
}

const isOf = ({ alert, instance }: Fault) => {
  return ({ name, labels }: PrometheusAlert) => name === alert && labels.instance === instance
}

const unexpected = (alerts: readonly PrometheusAlert[]) =>
  alerts.filter(({ name, state }) => state === 'firing' && !ALWAYS.includes(name)).map(({ name }) => name)

/** Injects one fault and waits for its alert. @returns seconds from the fault until it was firing */
async function secondsUntilFiring(prometheus: TestPrometheus, fault: Fault): Promise<number> {
  const injected = performance.now()
  await fault.inject()
  await expect
    .poll(async () => (await prometheus.alerts()).find(isOf(fault))?.state, {
      timeout: budgetOf(fault) * 1000,
      interval: 500,
      message: `${fault.alert} of ${fault.instance}`,
    })
    .toBe('firing')
  return (performance.now() - injected) / 1000
}

describe.skipIf(!prometheusOnPath)('a real Prometheus (needs apt-get install prometheus)', () => {
  test('fires each alert within its `for` plus 60 s of the fault, nothing before it, and nothing after it is mended', {
    timeout: 600_000,
  }, async ({ annotate }) => {
    const faults = [...(await primaryAndReplica()), await full(), await killed()]
    const targets = { howdah: [...new Set(faults.map(({ instance }) => instance))] }
    await using prometheus = await startPrometheus({
      targets,
      rules: [`${CHECKOUT}/monitoring/rules/howdah.yaml`],
      scrape: '5s',
      evaluate: '5s',
    })
    await prometheus.scraped(2)
    expect(unexpected(await prometheus.alerts())).toEqual([])

    await Promise.all(
      faults.map(async fault => {
        const seconds = await secondsUntilFiring(prometheus, fault)
        await annotate(`${fault.alert}: firing ${Math.round(seconds)} s after the fault`)
      }),
    )
    // The server that refuses everybody else still answers the exporter that was there before.
    const [, , , exhausted] = faults
    expect(await prometheus.query(`pg_up{instance="${exhausted?.instance}"}`)).toMatchObject([{ value: 1 }])

    await Promise.all(faults.map(fault => fault.heal()))
    await expect.poll(async () => unexpected(await prometheus.alerts()), { timeout: 90_000 }).toEqual([])
  })
})
