import { drillTargets, expectedBackups, retentions } from './expectations.ts'
import { integer, milliseconds, port, rdsInstances, secretText, secretTexts, text, texts } from './kinds.ts'
import { setting } from './setting.ts'

/** The settings of what measures: `howdah serve`, and the role it asks with. */
export const METRICS_SETTINGS = {
  metricsHost: setting({
    env: ['HOWDAH_METRICS_HOST'],
    flag: '--metrics-host <address>',
    schema: text(),
    fallback: '127.0.0.1',
    help: 'Address the metrics server listens on; 0.0.0.0 in a container.',
  }),
  metricsPort: setting({
    env: ['HOWDAH_METRICS_PORT'],
    flag: '--metrics-port <port>',
    schema: port(),
    help: 'Port of the metrics server. Absent: 9187 for `serve`, a free one for `up`.',
  }),
  metricsToken: setting({
    env: ['HOWDAH_METRICS_TOKEN'],
    schema: secretTexts(),
    help: 'Bearer token that the pages of `serve` ask for, all but /livez and /readyz; several, separated by commas, are all valid. Absent: none is.',
  }),
  metricsTokenFile: setting({
    env: ['HOWDAH_METRICS_TOKEN_FILE'],
    flag: '--metrics-token-file <file>',
    schema: text(),
    help: 'File with such tokens, one a line, read anew when it changes. Absent: none.',
  }),
  metricsWebConfig: setting({
    env: ['HOWDAH_METRICS_WEB_CONFIG'],
    flag: '--metrics-web-config <file>',
    schema: text(),
    help: "TLS and users of `serve`, in the format of Prometheus' exporters (web.config.file): tls_server_config, basic_auth_users; read anew when it or a file it names changes. Absent: plain HTTP.",
  }),
  metricsAdminPort: setting({
    env: ['HOWDAH_METRICS_ADMIN_PORT'],
    flag: '--metrics-admin-port <port>',
    schema: port(),
    help: 'Port on 127.0.0.1 for /-/collectors and /-/refresh; 0 is a free one. Absent: they are not served.',
  }),
  scrapeTimeoutMs: setting({
    env: ['HOWDAH_SCRAPE_TIMEOUT_MS'],
    flag: '--scrape-timeout-ms <ms>',
    schema: milliseconds(100),
    fallback: 5000,
    help: 'Upper bound for collecting metrics from the database once, in milliseconds.',
  }),
  metricsDatabases: setting({
    env: ['HOWDAH_METRICS_DATABASES'],
    flag: '--metrics-databases <names...>',
    schema: texts(),
    help: 'Further databases of the server to measure, separated by commas; `auto` alone is every one there is, ten in all at the most. Absent: only the one of the URL.',
  }),
  rdsInstance: setting({
    env: ['HOWDAH_RDS_INSTANCE'],
    flag: '--rds-instance <identifiers...>',
    schema: rdsInstances(),
    help: 'DB instance identifiers of Amazon RDS to measure by CloudWatch and the RDS API, separated by commas; credentials by the default chain of the AWS SDK. Absent: AWS is not asked.',
  }),
  awsRegion: setting({
    env: ['HOWDAH_AWS_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
    flag: '--aws-region <region>',
    schema: text(),
    help: 'Region of the RDS instances, and of the cluster of `ecs run`. Absent: by the default chain of the AWS SDK.',
  }),
  expectedReplicas: setting({
    env: ['HOWDAH_EXPECTED_REPLICAS'],
    flag: '--expected-replicas <count>',
    schema: integer(0, 1000),
    help: 'Physical replicas that are to stream from the server `serve` watches; an alert tells when there are fewer. Absent: nobody knows how many there should be.',
  }),
  expectedBackups: setting({
    env: ['HOWDAH_EXPECTED_BACKUPS'],
    flag: '--expected-backups <list...>',
    schema: expectedBackups(),
    help: 'Backups there have to be, with the greatest age of the newest, separated by commas: `logical=26h`, or `shop/rds_auto=1d` for the cluster shop. Types: rds_auto, rds_snapshot, logical, cross_region. Absent: nobody is told that there are none.',
  }),
  backupRetention: setting({
    env: ['HOWDAH_BACKUP_RETENTION'],
    flag: '--backup-retention <list...>',
    schema: retentions(),
    help: 'How long backups have to be kept: `30d`, or `shop=35d` for the cluster shop, separated by commas. Absent: any retention will do.',
  }),
  drillTargets: setting({
    env: ['HOWDAH_DRILL_TARGETS'],
    flag: '--drill-targets <list...>',
    schema: drillTargets(),
    help: 'Disasters to rehearse, with what a recovery may take and lose: `region-loss=4h:15m`, separated by commas. Absent: nobody is told that drills are overdue.',
  }),
  monitorPassword: setting({
    env: ['HOWDAH_MONITOR_PASSWORD'],
    schema: secretText(),
    help: 'Password for the role that `setup monitor-role` makes. Absent: none is set, as for IAM.',
  }),
} as const
