import { type DatabaseFolder, resolveDatabaseFolder } from '../config/database-folder.ts'
import { expectationsOf } from '../config/expectations.ts'
import type { Config } from '../config/settings.ts'
import { HowdahError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { untilAborted } from '../core/interruption.ts'
import type { Logger } from '../core/log.ts'
import { DEFAULT_METRICS_PORT, startMetricsServer } from '../metrics/metrics.ts'
import { applicationUrl, directUrl } from './database-urls.ts'
import { consoleUrls } from './pooler-settings.ts'
import type { Verb } from './verb.ts'

export const serve: Verb = {
  path: ['serve'],
  summary: 'serve metrics for Prometheus, a status page, and health pages',
  description: `Serves /metrics, /livez (200 while the process runs), /readyz (503 while the database does not answer), a status page
at / and the same as /status.json, until it is interrupted. It starts also when the database is down: then /metrics says
pg_up 0, and the page why.
With a token or users all pages but /livez and /readyz ask for them. Tokens, passwords and certificates are replaced without a
restart: change their files. With an admin port, GET /-/collectors says how each collector ended and why, and POST /-/refresh
has all of them asked anew; both only from this machine.`,
  settings: [
    'databaseUrl',
    'directUrl',
    'database',
    'schema',
    'migrations',
    'connectTimeoutMs',
    'poolerAdminUrls',
    'poolerAdminPassword',
    'rdsInstance',
    'awsRegion',
    'metricsDatabases',
    'metricsHost',
    'metricsPort',
    'metricsToken',
    'metricsTokenFile',
    'metricsWebConfig',
    'metricsAdminPort',
    'scrapeTimeoutMs',
    'expectedReplicas',
    'expectedBackups',
    'backupRetention',
    'drillTargets',
  ],
  flags: [],
  examples: [
    { command: 'howdah serve', meaning: 'On http://127.0.0.1:9187, for a Prometheus on this machine.' },
    { command: 'howdah serve --metrics-databases auto', meaning: 'Every database of the server.' },
    { command: 'howdah serve --metrics-host 0.0.0.0', meaning: 'In a container, reachable from outside.' },
    {
      command: 'howdah serve --rds-instance app,app-replica --aws-region eu-west-3',
      meaning: 'With what AWS knows of two instances of RDS.',
    },
    {
      command: 'howdah serve --metrics-host 0.0.0.0 --metrics-web-config web.yml',
      meaning: 'With the TLS and users that file asks for.',
    },
    {
      command: 'howdah serve --expected-backups logical=26h --drill-targets restore=4h:24h',
      meaning: 'Also says when there is no backup of this age, and when nobody rehearsed a restore.',
    },
    { command: 'howdah serve --metrics-port 0 --json', meaning: 'On a free port; the report says which.' },
  ],
  run: async ({ config, runtime, cwd, report, version }) => {
    const server = await startMetricsServer({
      ...directUrl(config),
      applicationUrl: applicationUrl(config),
      poolerAdminUrls: consoleUrls(config),
      rdsInstances: config.rdsInstance,
      awsRegion: config.awsRegion,
      databases: config.metricsDatabases,
      connectTimeoutMs: config.connectTimeoutMs,
      scrapeTimeoutMs: config.scrapeTimeoutMs,
      host: config.metricsHost,
      port: config.metricsPort ?? DEFAULT_METRICS_PORT,
      protection: {
        tokens: config.metricsToken,
        tokenFile: config.metricsTokenFile,
        webConfigFile: config.metricsWebConfig,
      },
      adminPort: config.metricsAdminPort,
      folder: await folderOrNone(cwd, config, runtime.log),
      expectations: expectationsOf(config),
      version,
      runtime,
    })
    const { url, port, database, adminUrl } = server
    const data = { url, port, database, adminUrl: adminUrl ?? null }
    report({
      data,
      text: `Serving metrics of ${database} on ${url}/metrics${adminUrl ? `, administration on ${adminUrl}` : ''}. Ctrl-C stops.`,
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
