import { step } from '../core/progress.ts'
import type { ReleaseStack } from '../core/release-stack.ts'
import type { Secret } from '../core/secret.ts'
import { choosePort, LOOPBACK } from '../embedded/ports.ts'
import type { RunningServer } from '../embedded/postgres-server.ts'
import { startMetricsServer } from '../metrics/metrics.ts'
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

export async function addMetrics(
  { config, folder, runtime, version }: PlatformOptions,
  around: Surroundings,
): Promise<PlatformPart> {
  const { state, client, releases } = around
  const asked = config.metricsPort ?? 0
  const port = await choosePort({
    asked,
    previous: state.ports.metrics,
    what: 'the metrics server',
    setting: '--metrics-port',
  })
  const server = await step(
    runtime.progress,
    'Metrics',
    () =>
      startMetricsServer({
        url: client.url,
        setting: client.setting,
        connectTimeoutMs: config.connectTimeoutMs,
        scrapeTimeoutMs: config.scrapeTimeoutMs,
        host: LOOPBACK,
        port,
        folder,
        version,
        runtime,
      }),
    started => `port ${started.port}`,
  )
  releases.push('stopping the metrics server', () => server.close())
  return { name: 'metrics', title: 'Metrics', url: `${server.url}/metrics`, server: undefined }
}

export function reveal(url: Secret | string): string {
  return typeof url === 'string' ? url : url.reveal()
}

export function portOf({ url }: PlatformPart): number {
  return Number(new URL(reveal(url)).port)
}
