import { step } from '../core/progress.ts'
import type { ReleaseStack } from '../core/release-stack.ts'
import { Secret } from '../core/secret.ts'
import { choosePort, LOOPBACK } from '../embedded/ports.ts'
import type { RunningServer } from '../embedded/postgres-server.ts'
import { type MetricsServerOptions, startMetricsServer } from '../metrics/metrics.ts'
import type { Connection, ConnectOptions } from '../postgres/connect.ts'
import type { Home } from './home.ts'
import type { PlatformOptions } from './platform-options.ts'
import { startPooler } from './pooler.ts'
import { localUrl, type Primary, SUPERUSER } from './primary.ts'
import { startReplica } from './replica.ts'
import type { PlatformState, PortName } from './state.ts'

/** One server of the platform, as the report and `local.json` show it. */
export interface PlatformPart {
  readonly name: PortName
  readonly title: string
  readonly url: Secret | string
  /** Absent for what runs inside this process. */
  readonly server: Pick<RunningServer, 'ended'> | undefined
}

/** What a further part is added to. */
export interface Surroundings {
  readonly home: Home
  readonly state: PlatformState
  readonly primary: Primary
  /** A superuser's session with the primary. */
  readonly connection: Connection
  readonly client: ConnectOptions
  readonly releases: ReleaseStack
}

export async function addReplica(
  { folder, runtime }: PlatformOptions,
  around: Surroundings,
): Promise<PlatformPart> {
  const { home, state, primary, connection, releases } = around
  const port = await choosePort({
    asked: 0,
    previous: state.ports.replica,
    what: 'the replica',
    setting: '--replica',
  })
  const options = { primary: primary.options, place: home.place, port, password: state.replicationPassword }
  const server = await step(
    runtime.progress,
    'Replica',
    () => startReplica(connection, options, runtime),
    () => `streaming, port ${port}`,
  )
  releases.push('stopping the replica', server.stop)
  return {
    name: 'replica',
    title: 'Replica',
    url: localUrl(SUPERUSER, state.password, port, folder.name),
    server,
  }
}

export async function addPooler(
  { folder, runtime, path }: PlatformOptions,
  around: Surroundings,
): Promise<PlatformPart> {
  const { home, state, primary, connection, client, releases } = around
  const port = await choosePort({
    asked: 0,
    previous: state.ports.pooler,
    what: 'PgBouncer',
    setting: '--pooler',
  })
  const url = localUrl(SUPERUSER, state.password, port, folder.name)
  const options = {
    place: home.place,
    user: primary.options.user,
    port,
    postgresPort: primary.running.port,
    role: SUPERUSER,
    client: { ...client, url },
    path,
  }
  const server = await step(
    runtime.progress,
    'PgBouncer',
    () => startPooler(connection, options, runtime),
    () => `transaction mode, port ${port}`,
  )
  releases.push('stopping PgBouncer', server.stop)
  return { name: 'pooler', title: 'PgBouncer', url, server }
}

/** A metrics page for each server: one connection sees one server, and only a replica knows how far behind it is. */
export async function addMetrics(
  options: PlatformOptions,
  around: Surroundings,
  servers: readonly PlatformPart[],
): Promise<PlatformPart[]> {
  const { config, folder } = options
  const urlOf = (name: PortName) => servers.find(part => part.name === name)?.url
  const [pooler, replica] = [urlOf('pooler'), urlOf('replica')]
  const poolerAdminUrls = pooler ? [consoleOf(pooler)] : []
  const applicationUrl = pooler instanceof Secret ? { url: pooler, setting: 'local.json' } : undefined
  const { url } = around.client
  const primary = { name: 'metrics', title: 'Metrics', asked: config.metricsPort ?? 0 } as const
  const parts = [await addPage(options, around, { ...primary, url, folder, poolerAdminUrls, applicationUrl })]
  if (!(replica instanceof Secret)) return parts
  // Migrations are counted once, on the primary.
  const page = {
    name: 'replicaMetrics',
    title: 'Metrics of the replica',
    asked: 0,
    folder: undefined,
  } as const
  return [...parts, await addPage(options, around, { ...page, url: replica, poolerAdminUrls: [] })]
}

type Page = Pick<MetricsServerOptions, 'url' | 'folder' | 'poolerAdminUrls' | 'applicationUrl'> & {
  readonly name: PortName
  readonly title: string
  readonly asked: number
}

async function addPage(
  { config, runtime, version }: PlatformOptions,
  { state, client, releases }: Surroundings,
  { name, title, asked, ...page }: Page,
): Promise<PlatformPart> {
  const previous = state.ports[name]
  const what = 'the metrics server'
  const port = await choosePort({ asked, previous, what, setting: '--metrics-port' })
  const { connectTimeoutMs, scrapeTimeoutMs } = config
  const { setting } = client
  const timeouts = { connectTimeoutMs, scrapeTimeoutMs }
  const server = await step(
    runtime.progress,
    title,
    () => startMetricsServer({ ...page, ...timeouts, setting, host: LOOPBACK, port, version, runtime }),
    started => `port ${started.port}`,
  )
  releases.push('stopping the metrics server', () => server.close())
  return { name, title, url: `${server.url}/metrics`, server: undefined }
}

/** Where PgBouncer tells of itself: a database by that name which it makes up. */
function consoleOf(pooler: Secret | string): Secret {
  const url = new URL(reveal(pooler))
  url.pathname = '/pgbouncer'
  return new Secret(url.href)
}

export function reveal(url: Secret | string): string {
  return typeof url === 'string' ? url : url.reveal()
}

export function portOf({ url }: PlatformPart): number {
  return Number(new URL(reveal(url)).port)
}
