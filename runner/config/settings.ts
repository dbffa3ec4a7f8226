import type { z } from 'zod'
import { accessSettings } from './access-settings.ts'
import { ECS_SETTINGS } from './ecs-settings.ts'
import { choice, flag, integer, milliseconds, port, secretText, secretTexts, text } from './kinds.ts'
import { METRICS_SETTINGS } from './metrics-settings.ts'
import { type Setting, setting } from './setting.ts'

/**
 * The one table of settings: types, parser, `--help`, the README's table and the container's environment are made of it.
 * Units are in the names.
 */
export const SETTINGS = {
  databaseUrl: setting({
    env: ['HOWDAH_DATABASE_URL', 'DATABASE_URL'],
    flag: '--database-url <url>',
    schema: secretText(),
    help: 'Connection URL the application uses; no .env is read for it. User and password may come from PGUSER and PGPASSWORD, the authorities of sslmode=verify-full from HOWDAH_DATABASE_CA, as PEM text. Absent: the platform that `howdah up` runs here, if any.',
  }),
  directUrl: setting({
    env: ['HOWDAH_DIRECT_URL', 'DIRECT_URL'],
    flag: '--direct-url <url>',
    schema: secretText(),
    help: 'Connection URL that bypasses the pooler; migrations and metrics use it. Absent: the database URL.',
  }),
  database: setting({
    env: ['HOWDAH_DATABASE'],
    flag: '--database <name>',
    schema: text(),
    help: 'The folder below prisma/ to work with. Absent: what Prisma would take, else the only one there is.',
  }),
  schema: setting({
    env: ['HOWDAH_SCHEMA'],
    flag: '--schema <path>',
    schema: text(),
    help: 'The Prisma schema, a file or a folder. Absent: by prisma.config.ts, package.json, then prisma/schema.prisma.',
  }),
  migrations: setting({
    env: ['HOWDAH_MIGRATIONS'],
    flag: '--migrations <directory>',
    schema: text(),
    help: 'The folder of migrations. Absent: by prisma.config.ts, else beside the schema.',
  }),
  connectTimeoutMs: setting({
    env: ['HOWDAH_CONNECT_TIMEOUT_MS'],
    flag: '--connect-timeout-ms <ms>',
    schema: milliseconds(100),
    fallback: 10_000,
    help: 'How long to wait for a connection, in milliseconds.',
  }),
  lockTimeoutMs: setting({
    env: ['HOWDAH_LOCK_TIMEOUT_MS'],
    flag: '--lock-timeout-ms <ms>',
    schema: milliseconds(1),
    fallback: 2000,
    help: 'The longest one attempt of a migration waits for a table lock, in milliseconds; the first ones wait 100. Others queue behind it for that long.',
  }),
  lockBudgetMs: setting({
    env: ['HOWDAH_LOCK_BUDGET_MS'],
    flag: '--lock-budget-ms <ms>',
    schema: milliseconds(),
    fallback: 600_000,
    help: 'How long a migration keeps retrying for a table lock, in milliseconds; then exit code 5.',
  }),
  terminateBlockersAfterMs: setting({
    env: ['HOWDAH_TERMINATE_BLOCKERS_AFTER_MS'],
    flag: '--terminate-blockers-after-ms <ms>',
    schema: milliseconds(1),
    help: 'End sessions that hold a migration up and have been idle in a transaction for this long, in milliseconds. Absent: never.',
  }),
  statementTimeoutMs: setting({
    env: ['HOWDAH_STATEMENT_TIMEOUT_MS'],
    flag: '--statement-timeout-ms <ms>',
    schema: milliseconds(),
    fallback: 900_000,
    help: 'Upper bound for one migration statement, in milliseconds; 0 is none. What only writes to the catalogue gets 30 s at the most, concurrent index builds are never bounded.',
  }),
  freeDiskBytes: setting({
    env: ['HOWDAH_FREE_DISK_BYTES'],
    flag: '--free-disk-bytes <bytes>',
    schema: integer(0, Number.MAX_SAFE_INTEGER),
    help: "Bytes free on the server's disk, for the gate `disk-space` where the server cannot be asked (RDS: FreeStorageSpace of CloudWatch). Absent: looked up where the server runs on this machine.",
  }),
  runLockBudgetMs: setting({
    env: ['HOWDAH_RUN_LOCK_BUDGET_MS'],
    flag: '--run-lock-budget-ms <ms>',
    schema: milliseconds(),
    fallback: 300_000,
    help: "How long to wait for another migration run to finish (Prisma's own CLI included), in milliseconds; then exit code 5.",
  }),
  hookTimeoutMs: setting({
    env: ['HOWDAH_HOOK_TIMEOUT_MS'],
    flag: '--hook-timeout-ms <ms>',
    schema: milliseconds(1),
    fallback: 600_000,
    help: 'Upper bound for one hook of a deploy, in milliseconds; then it is ended with all it started.',
  }),
  poolerAdminUrls: setting({
    env: ['HOWDAH_POOLER_ADMIN_URLS'],
    flag: '--pooler-admin-urls <urls...>',
    schema: secretTexts(),
    help: 'URLs of the admin consoles (database pgbouncer) of every PgBouncer before the database, separated by commas: they are told to reconnect when the schema changed, and measured by `serve`. Absent: none is.',
  }),
  poolerAdminPassword: setting({
    env: ['HOWDAH_POOLER_ADMIN_PASSWORD'],
    schema: secretText(),
    help: 'Password for those of --pooler-admin-urls that have none, where it comes from a secret store by itself.',
  }),
  poolerAuthPassword: setting({
    env: ['HOWDAH_POOLER_AUTH_PASSWORD'],
    schema: secretText(),
    help: 'Password for the role that `setup pooler-auth` makes, with which PgBouncer looks passwords up. Absent: none is set.',
  }),
  poolerDrainMs: setting({
    env: ['HOWDAH_POOLER_DRAIN_MS'],
    flag: '--pooler-drain-ms <ms>',
    schema: milliseconds(),
    fallback: 10_000,
    help: 'How long to wait for PgBouncer to have closed the server connections from before the change, in milliseconds; those in use then are closed when their clients let go of them.',
  }),
  ...METRICS_SETTINGS,
  access: setting({
    env: ['HOWDAH_ACCESS'],
    flag: '--access <json>',
    schema: accessSettings(),
    help: 'Roles and grants for `setup access`, as JSON: prefix, roles, logins, databases, iam, connectionLimits, timeouts, readOnlyExecutes. Absent: the roles of the database and the schema of the URL.',
  }),
  ...ECS_SETTINGS,
  adminEmail: setting({
    env: ['HOWDAH_ADMIN_EMAIL'],
    flag: '--admin-email <email>',
    schema: text(),
    fallback: 'admin@sigmaplayground.com',
    help: "E-mail address of the application's administrator, made by the essential seed.",
  }),
  adminPassword: setting({
    env: ['HOWDAH_ADMIN_PASSWORD'],
    schema: secretText(),
    help: "Password of the application's administrator. Absent: generated and printed once, when the account is made.",
  }),
  home: setting({
    env: ['HOWDAH_HOME'],
    flag: '--home <directory>',
    schema: text(),
    fallback: '.howdah',
    help: 'Directory for everything `howdah up` keeps.',
  }),
  postgres: setting({
    env: ['HOWDAH_POSTGRES'],
    flag: '--postgres <major>',
    schema: integer(15, 18),
    fallback: 18,
    help: 'Major version of the server `howdah up` runs, and of those that `migrate new` and `migrate diff` try a history on; 15 to 18.',
  }),
  port: setting({
    env: ['HOWDAH_PORT'],
    flag: '--port <port>',
    schema: port(),
    fallback: 0,
    help: 'Port of the server `howdah up` runs; 0 is a free one, the same as last time where possible.',
  }),
  replica: setting({
    env: ['HOWDAH_REPLICA'],
    flag: '--replica',
    schema: flag(),
    fallback: false,
    help: '`howdah up` also runs a streaming read replica.',
  }),
  pooler: setting({
    env: ['HOWDAH_POOLER'],
    flag: '--pooler',
    schema: flag(),
    fallback: false,
    help: '`howdah up` also runs PgBouncer, in transaction mode.',
  }),
  observability: setting({
    env: ['HOWDAH_OBSERVABILITY'],
    flag: '--observability',
    schema: flag(),
    fallback: false,
    help: '`howdah up` also runs Prometheus with our rules, and Alertmanager where it is on the path.',
  }),
  summaryFile: setting({
    env: ['HOWDAH_SUMMARY_FILE', 'GITHUB_STEP_SUMMARY'],
    flag: '--summary <file>',
    schema: text(),
    help: 'File the report is also appended to as Markdown, whatever the outcome; GitHub Actions names one. Absent: none.',
  }),
  logLevel: setting({
    env: ['HOWDAH_LOG_LEVEL'],
    flag: '--log-level <level>',
    schema: choice('debug', 'info', 'warn', 'error'),
    fallback: 'info',
    help: 'The least important log line to write: debug, info, warn or error.',
  }),
  logFormat: setting({
    env: ['HOWDAH_LOG_FORMAT'],
    flag: '--log-format <format>',
    schema: choice('auto', 'pretty', 'json'),
    fallback: 'auto',
    help: 'pretty, json, or auto: pretty on a terminal, JSON lines elsewhere.',
  }),
} as const

export type SettingName = keyof typeof SETTINGS

type Parsed<N extends SettingName> = z.output<(typeof SETTINGS)[N]['schema']>

/** The trusted settings. A setting without a fallback may be absent. */
export type Config = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends { readonly fallback: unknown }
    ? Parsed<N>
    : Parsed<N> | undefined
}

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]

/** The name of a setting's flag without its value: `--database-url`. */
export function flagNameOf(name: SettingName): string | undefined {
  const entry: Setting = SETTINGS[name]
  return entry.flag?.split(' ')[0]
}
