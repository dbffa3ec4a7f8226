import { type DatabaseFolder, resolveDatabaseFolder } from '../config/database-folder.ts'
import type { Config } from '../config/settings.ts'
import { HowdahError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { untilAborted } from '../core/interruption.ts'
import type { Logger } from '../core/log.ts'
import { DEFAULT_METRICS_PORT, startMetricsServer } from '../metrics/metrics.ts'
import { applicationUrl, directUrl } from './database-urls.ts'
import type { Verb } from './verb.ts'

export const serve: Verb = {
  path: ['serve'],
  summary: 'serve metrics for Prometheus, and health pages',
  description: `Serves /metrics, /livez (200 while the process runs), /readyz (503 while the database does not answer) and / with
links to them, until it is interrupted. It starts also when the database is down: then /metrics says pg_up 0.`,
  settings: [
    'databaseUrl',
    'directUrl',
    'database',
    'schema',
    'migrations',
    'connectTimeoutMs',
    'poolerAdminUrls',
    'metricsDatabases',
    'metricsHost',
    'metricsPort',
    'scrapeTimeoutMs',
  ],
  flags: [],
  examples: [
    { command: 'howdah serve', meaning: 'On http://127.0.0.1:9187, for a Prometheus on this machine.' },
    { command: 'howdah serve --metrics-databases auto', meaning: 'Every database of the server.' },
    { command: 'howdah serve --metrics-host 0.0.0.0', meaning: 'In a container, reachable from outside.' },
    { command: 'howdah serve --metrics-port 0 --json', meaning: 'On a free port; the report says which.' },
  ],
  run: async ({ config, runtime, cwd, report, version }) => {
    const server = await startMetricsServer({
      ...directUrl(config),
      applicationUrl: applicationUrl(config),
      poolerAdminUrls: config.poolerAdminUrls,
      databases: config.metricsDatabases,
      connectTimeoutMs: config.connectTimeoutMs,
      scrapeTimeoutMs: config.scrapeTimeoutMs,
      host: config.metricsHost,
      port: config.metricsPort ?? DEFAULT_METRICS_PORT,
      folder: await folderOrNone(cwd, config, runtime.log),
      version,
      runtime,
    })
    const data = { url: server.url, port: server.port, database: server.database }
    report({
      data,
      text: `Serving metrics of ${server.database} on ${server.url}/metrics. Ctrl-C stops.`,
      exit: EXIT.done,
    })
    await untilAborted(runtime.signal)
    await server.close()
    return { exit: EXIT.done }
  },
}

/** A database without a folder has no migrations to count; everything else is measured all the same. */
async function folderOrNone(cwd: string, config: Config, log: Logger): Promise<DatabaseFolder | undefined> {
  try {
    return await resolveDatabaseFolder(cwd, config.database, config)
  } catch (error) {
    if (!(error instanceof HowdahError)) throw error
    log.warn('metrics.migrations-left-out', `no metrics of migrations: ${error.message}`, {
      code: error.code,
    })
    return undefined
  }
}
