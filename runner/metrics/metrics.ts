import type { DatabaseFolder } from '../config/database-folder.ts'
import type { Expectations } from '../config/expectations.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import type { ConnectOptions } from '../postgres/connect.ts'
import { Monitor } from './collection/monitor.ts'
import { Session } from './collection/session.ts'
import type { Collector } from './collector.ts'
import { COLLECTORS } from './collectors/registry.ts'
import { render } from './exposition/render.ts'
import { mergeFamilies } from './exposition/snapshot.ts'
import { type EndpointSettings, openEndpoints } from './http/endpoints.ts'
import { PoolerMonitor } from './poolers/pooler-monitor.ts'
import { Probe } from './probe/probe.ts'
import { processMetrics } from './process-metrics.ts'
import { RdsMonitor } from './rds/rds-monitor.ts'
import { routes } from './routes.ts'

export { ALERT_LIMITS } from './alert-limits.ts'
export { catalogue, cataloguedSeries, type MetricName, type MetricSeriesName } from './catalogue.ts'
export { describeMetric, describeMetrics, type MetricDescription } from './describe.ts'
export {
  type MonitorRoleOptions,
  type MonitorRoleOutcome,
  reportMonitorRole,
  setUpMonitorRole,
} from './monitor-role/monitor-role.ts'
export { type MonitorNeeds, monitorNeeds } from './monitor-role/plan.ts'
export { type InstanceClass, instanceClass } from './rds/instance-class.ts'

/** The port postgres_exporter made known; scrape configurations expect it. */
export const DEFAULT_METRICS_PORT = 9187

export interface MetricsServerOptions extends EndpointSettings {
  /** A connection that bypasses the pooler: a pooler answers for the server, and its sessions come and go. */
  readonly url: Secret
  /** The setting the URL came from, for messages. */
  readonly setting: string
  /** The address the application uses; probed besides the other where it is another. */
  readonly applicationUrl?: { readonly url: Secret; readonly setting: string } | undefined
  /** Further databases of the server to watch, by name, or `auto` alone for all there are; absent: none. */
  readonly databases?: readonly string[] | undefined
  /** Admin consoles of PgBouncer; absent: no metrics of poolers. */
  readonly poolerAdminUrls?: readonly Secret[] | undefined
  /** Instances of RDS; absent: AWS is not asked. */
  readonly rdsInstances?: readonly string[] | undefined
  /** Absent: by the AWS SDK's default chain. */
  readonly awsRegion?: string | undefined
  readonly connectTimeoutMs: number
  /** Upper bound of one collection, in milliseconds. */
  readonly scrapeTimeoutMs: number
  /** How long a scrape may go on beginning what can wait for the next one, in milliseconds; absent: as the monitor has it. */
  readonly quickMs?: number | undefined
  /** The files of the database; absent: no metrics of migrations. */
  readonly folder: DatabaseFolder | undefined
  /** Backups and drills there have to be; absent: none. */
  readonly expectations?: Expectations | undefined
  /** The runner's version. */
  readonly version: string
  readonly runtime: Runtime
}

export interface MetricsServer {
  /** `http://127.0.0.1:9187`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Where the administrative routes are, if anywhere. */
  readonly adminUrl: string | undefined
  /** What is watched, `host:port/database`. */
  readonly database: string
  /** Stops listening and ends the session with the database; takes no longer than a scrape may. */
  close(): Promise<void>
}

/**
 * Serves `/metrics`, `/livez`, `/readyz`, the status page at `/` and `/status.json`. It starts also when the database is down.
 * @throws HowdahError port-taken, address-unusable, database-url-invalid; what `readProtection` throws
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { url, setting, connectTimeoutMs, folder, expectations, runtime, scrapeTimeoutMs, version } = options
  const { clock } = runtime
  const connect = { connectTimeoutMs, applicationName: 'howdah/serve' }
  const session = new Session({ ...connect, url, setting }, clock)
  const probes = probesOf(options, connect)
  const { databases, quickMs } = options
  const watched = { session, collectors: COLLECTORS, databases, folder, expectations, quickMs }
  const monitor = new Monitor({ ...watched, version, runtime })
  const poolers = new PoolerMonitor({ urls: options.poolerAdminUrls ?? [], connectTimeoutMs, runtime })
  const rds = new RdsMonitor({
    identifiers: options.rdsInstances ?? [],
    region: options.awsRegion,
    runtime,
  })
  const database = `${session.target.host}:${session.target.port}/${session.target.database}`
  const own = processMetrics()
  const pages = routes({
    monitor,
    poolers,
    rds,
    processMetrics: async () =>
      `${render(mergeFamilies(probes.map(probe => probe.snapshot())))}${await own.metrics()}`,
    version,
    database,
    scrapeTimeoutMs,
    clock,
  })
  const tiers = new Map(COLLECTORS.map(({ name, tier = 'fast' }: Collector) => [name, tier]))
  const close = async () => {
    await Promise.all([monitor, poolers, rds, ...probes].map(part => part.close()))
    own.clear()
  }
  try {
    const admin = { monitor, tiers, log: runtime.log }
    const endpoints = await openEndpoints({ ...options, pages, admin, register: own })
    for (const probe of probes) probe.start()
    return {
      ...endpoints,
      database,
      close: async () => void (await Promise.all([endpoints.close(), close()])),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The direct path always; the application's only where it is another. */
function probesOf(
  { url, setting, applicationUrl, runtime }: MetricsServerOptions,
  connect: Pick<ConnectOptions, 'connectTimeoutMs' | 'applicationName'>,
): Probe[] {
  const { clock } = runtime
  const direct = new Probe({ path: 'direct', connect: { ...connect, url, setting }, clock })
  if (!applicationUrl || applicationUrl.url.reveal() === url.reveal()) return [direct]
  return [direct, new Probe({ path: 'pooler', connect: { ...connect, ...applicationUrl }, clock })]
}
