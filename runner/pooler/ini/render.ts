import { HowdahError } from '../../core/errors.ts'
import { databaseLines, modeOf, requireOneOf, userLines } from './entries.ts'
import { lineValue, listedName, PLACEHOLDERS, requireHost, requireInteger } from './escape.ts'
import { optionLines, type PgbouncerVersion } from './options.ts'
import type { PgbouncerSettings, Target } from './settings.ts'

/** Reads our own table by way of our own function: RDS shows pg_authid to nobody (`credentials/`). */
export const AUTH_QUERY = 'SELECT username, verifier FROM pgbouncer.get_auth($1)'
export const DEFAULT_LISTEN_PORT = 6432
export const DEFAULT_ADMIN_USER = 'pgb_admin'
export const DEFAULT_STATS_USER = 'pgb_stats'

/** Peers, their ids, and auth_dbname. */
const SINCE_PEERS = 19

/**
 * The ini of all processes of a pooler: `%{process}`, `%{host}` and `%{port}` in it are replaced by the entrypoint (`iniOfProcess` does the same), the latter two
 * by the target of its first line until `repoint` gives another. A value that the format cannot carry is refused by the name of its setting.
 * @throws HowdahError pooler-setting-invalid
 */
export function renderPgbouncerIni(settings: PgbouncerSettings): string {
  const minor = minorOf(settings.version)
  const processes = requireInteger('processes', settings.processes ?? 1, 1, 64)
  const host = requireHost('target.host', settings.target.host)
  const port = requireInteger('target.port', settings.target.port, 1, 65_535)
  return [
    `; target ${host} ${port}`,
    '[databases]',
    ...databaseLines(settings),
    ...userLines(settings),
    ...peerLines(settings, processes, minor),
    '[pgbouncer]',
    ...mainLines(settings, processes, minor),
    ...tlsLines(settings),
    ...optionLines(settings, minor),
    '',
  ].join('\n')
}

/** A cancel request comes over a connection of its own, which the kernel gives to any process: that one hands it on. */
function peerLines(settings: PgbouncerSettings, processes: number, minor: number): string[] {
  if (processes === 1) return []
  if (minor < SINCE_PEERS)
    throw new HowdahError('pooler-setting-invalid', {
      setting: 'processes',
      problem: `more than one needs PgBouncer 1.${SINCE_PEERS}: before, cancel requests get lost between them`,
    })
  const numbers = Array.from({ length: processes }, (_, index) => index + 1)
  return [
    '[peers]',
    ...numbers.map(number => `${number} = host=${directoryOf(settings)}/${number} port=${portOf(settings)}`),
  ]
}

function mainLines(settings: PgbouncerSettings, processes: number, minor: number): string[] {
  const { limits, auth, listenAddress = '*', poolMode = 'transaction' } = settings
  const directory = directoryOf(settings)
  const count = (key: keyof typeof limits, least: number) =>
    requireInteger(`limits.${key}`, limits[key], least, 2_147_483_647)
  const lines = [
    `listen_addr = ${lineValue('listenAddress', listenAddress)}`,
    `listen_port = ${portOf(settings)}`,
    `unix_socket_dir = ${directory}/${PLACEHOLDERS.process}`,
    `pidfile = ${directory}/${PLACEHOLDERS.process}/pid`,
    'auth_type = scram-sha-256',
    `auth_file = ${directory}/userlist.txt`,
    `admin_users = ${listedName('adminUser', settings.adminUser ?? DEFAULT_ADMIN_USER)}`,
    `stats_users = ${listedName('statsUser', settings.statsUser ?? DEFAULT_STATS_USER)}`,
    ...modeOf('poolMode', poolMode).map(text => text.replace('=', ' = ')),
    `max_client_conn = ${count('maxClientConn', 1)}`,
    `default_pool_size = ${count('defaultPoolSize', 1)}`,
    `reserve_pool_size = ${count('reservePoolSize', 0)}`,
    `max_db_connections = ${count('maxDbConnections', 0)}`,
  ]
  if (auth) {
    lines.push(`auth_user = ${listedName('auth.user', auth.user)}`)
    lines.push(`auth_query = ${lineValue('auth.query', auth.query ?? AUTH_QUERY)}`)
    // Before 1.19 every database needs the function: it is asked in the one the client wants.
    if (auth.database !== undefined && minor >= SINCE_PEERS)
      lines.push(`auth_dbname = ${lineValue('auth.database', auth.database)}`)
  }
  if (processes > 1) lines.push('so_reuseport = 1', `peer_id = ${PLACEHOLDERS.process}`)
  return lines
}

function tlsLines(settings: PgbouncerSettings): string[] {
  const { clientTls, serverTls } = settings
  const at = (name: string) => `${directoryOf(settings)}/tls/${name}.pem`
  const lines: string[] = []
  const file = (key: string, setting: string, path: string) =>
    lines.push(`${key} = ${lineValue(setting, path)}`)
  if (clientTls) {
    requireOneOf(
      'clientTls.mode',
      ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
      clientTls.mode,
    )
    lines.push(`client_tls_sslmode = ${clientTls.mode}`)
    if (clientTls.mode !== 'disable') {
      file('client_tls_cert_file', 'clientTls.certFile', clientTls.certFile ?? at('cert'))
      file('client_tls_key_file', 'clientTls.keyFile', clientTls.keyFile ?? at('key'))
      // Without one PgBouncer loads that of the system, and does not start where there is none, though it verifies nobody.
      const unused = clientTls.certFile ?? at('cert')
      const verifies = clientTls.mode.startsWith('verify')
      file(
        'client_tls_ca_file',
        'clientTls.caFile',
        clientTls.caFile ?? (verifies ? at('client-ca') : unused),
      )
    }
  }
  if (serverTls) {
    requireOneOf(
      'serverTls.mode',
      ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'],
      serverTls.mode,
    )
    lines.push(`server_tls_sslmode = ${serverTls.mode}`)
    if (serverTls.mode.startsWith('verify') || serverTls.caFile !== undefined)
      file('server_tls_ca_file', 'serverTls.caFile', serverTls.caFile ?? at('server-ca'))
  }
  return lines
}

const portOf = ({ listenPort = DEFAULT_LISTEN_PORT }: PgbouncerSettings) =>
  requireInteger('listenPort', listenPort, 1, 65_535)

/** A unix socket's path has 107 bytes at the most. */
function directoryOf({ directory = '/run/pgbouncer' }: PgbouncerSettings): string {
  if (/^\/[A-Za-z0-9_./-]{0,79}$/.test(directory)) return directory
  throw new HowdahError('pooler-setting-invalid', {
    setting: 'directory',
    problem: 'must be an absolute path of letters, digits and _./-, of 80 characters at the most',
  })
}

function minorOf(version: PgbouncerVersion): number {
  const [, minor] = /^1\.(\d{1,3})(?:\.\d+)?$/.exec(version) ?? []
  if (minor !== undefined && Number(minor) >= 18) return Number(minor)
  throw new HowdahError('pooler-setting-invalid', {
    setting: 'version',
    problem: `must be 1.18 or newer, and is ${version}`,
  })
}

/** What the entrypoint writes for one process. */
export function iniOfProcess(ini: string, process: number, moved?: Target): string {
  const [, host = '', port = ''] = /^; target (\S+) (\d+)$/m.exec(ini) ?? []
  return ini
    .replaceAll(PLACEHOLDERS.process, String(process))
    .replaceAll(PLACEHOLDERS.host, moved?.host ?? host)
    .replaceAll(PLACEHOLDERS.port, String(moved?.port ?? port))
}
