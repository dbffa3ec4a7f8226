import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConnectionString, readIni } from '../../../tests/harness/libusual-ini.ts'
import { pgbouncerSettings } from '../../../tests/harness/pgbouncer-settings.ts'
import { HowdahError } from '../../core/errors.ts'
import { iniOfProcess, renderPgbouncerIni } from './render.ts'
import type { PgbouncerSettings } from './settings.ts'

const SMALL: PgbouncerSettings = {
  version: '1.24.1',
  target: { host: 'db.example.com', port: 5433 },
  databases: { app: {} },
  limits: { defaultPoolSize: 3, reservePoolSize: 1, maxDbConnections: 48, maxClientConn: 750 },
}

const rendered = (change: Partial<PgbouncerSettings>) => {
  try {
    return renderPgbouncerIni({ ...SMALL, ...change })
  } catch (error) {
    if (error instanceof HowdahError) return error.message
    throw error
  }
}

test.each(['1.18', '1.24.1', '1.25.2'] as const)(
  'what is rendered for %s reads back as what was meant, whatever names and values hold',
  version => {
    fc.assert(
      fc.property(pgbouncerSettings(version), settings => {
        let ini: string
        try {
          ini = iniOfProcess(renderPgbouncerIni(settings), 1)
        } catch (error) {
          expect(error).toMatchObject({ code: 'pooler-setting-invalid' })
          return
        }
        const sections = readIni(ini)
        const databases = sections.get('databases')
        expect([...(databases?.keys() ?? [])].sort()).toEqual(Object.keys(settings.databases).sort())
        for (const [name, database] of Object.entries(settings.databases)) {
          const read = readConnectionString(databases?.get(name) ?? '')
          expect(read.get('dbname')).toBe(database.database ?? (name === '*' ? undefined : name))
          expect(read.get('host')).toBe(database.hosts?.join(',') ?? settings.target.host)
          expect(read.get('connect_query')).toBe(database.connectQuery)
          expect(read.get('application_name')).toBe(database.applicationName)
        }
        const main = sections.get('pgbouncer')
        expect(main?.get('admin_users')).toBe(settings.adminUser)
        expect(main?.get('auth_user')).toBe(settings.auth?.user)
        expect(main?.get('auth_query')).toBe(settings.auth?.query)
        expect([...sections.keys()].filter(key => key !== 'users' && key !== 'peers')).toEqual([
          'databases',
          'pgbouncer',
        ])
      }),
      { numRuns: 1000 },
    )
  },
)

test('the whole of a small one', () => {
  expect(
    rendered({ processes: 2, auth: { user: 'pgbouncer_auth', database: 'app' } }),
  ).toMatchInlineSnapshot(`
    "; target db.example.com 5433
    [databases]
    app = host=%{host} port=%{port} dbname='app'
    [peers]
    1 = host=/run/pgbouncer/1 port=6432
    2 = host=/run/pgbouncer/2 port=6432
    [pgbouncer]
    listen_addr = *
    listen_port = 6432
    unix_socket_dir = /run/pgbouncer/%{process}
    pidfile = /run/pgbouncer/%{process}/pid
    auth_type = scram-sha-256
    auth_file = /run/pgbouncer/userlist.txt
    admin_users = pgb_admin
    stats_users = pgb_stats
    pool_mode = transaction
    max_client_conn = 750
    default_pool_size = 3
    reserve_pool_size = 1
    max_db_connections = 48
    auth_user = pgbouncer_auth
    auth_query = SELECT username, verifier FROM pgbouncer.get_auth($1)
    auth_dbname = app
    so_reuseport = 1
    peer_id = %{process}
    max_prepared_statements = 500
    server_reset_query = DISCARD ALL
    server_reset_query_always = 0
    ignore_startup_parameters = extra_float_digits,options
    track_extra_parameters = IntervalStyle
    min_pool_size = 0
    reserve_pool_timeout = 3
    query_wait_timeout = 15
    server_idle_timeout = 300
    server_lifetime = 1800
    server_connect_timeout = 5
    server_login_retry = 2
    server_round_robin = 0
    client_login_timeout = 15
    client_idle_timeout = 0
    idle_transaction_timeout = 60
    dns_max_ttl = 5
    dns_nxdomain_ttl = 5
    tcp_keepalive = 1
    tcp_keepidle = 60
    tcp_keepintvl = 10
    tcp_keepcnt = 3
    tcp_user_timeout = 15000
    listen_backlog = 4096
    application_name_add_host = 1
    log_connections = 0
    log_disconnections = 0
    log_pooler_errors = 1
    log_stats = 0
    stats_period = 15
    "
  `)
})

test.each([
  [{ databases: { 'a\nb': {} } }, 'line break'],
  [
    { databases: { app: { connectQuery: 'SELECT 1\nadmin_users = eve' } } },
    'databases.app.connectQuery: has a line break',
  ],
  [{ databases: { app: { applicationName: '' } } }, 'databases.app.applicationName: is empty'],
  [{ databases: { 'a b': {} } }, 'databases.a b: has other characters'],
  [{ users: { 'a"b': {} } }, 'users.a"b: has other characters'],
  [{ databases: { pgbouncer: {} } }, 'is the name of the admin console'],
  [{ databases: {} }, 'databases: names none'],
  [{ databases: { ['x'.repeat(64)]: {} } }, 'is longer than 63 bytes'],
  [{ databases: { app: { hosts: ['a', 'b,c'] } } }, 'databases.app.hosts: must be a host name'],
  [{ databases: { app: { hosts: [] } } }, 'databases.app.hosts: names none'],
  [{ databases: { app: { port: 5432 } } }, 'databases.app.port: belongs to hosts of its own'],
  [{ target: { host: "db' password='x", port: 5432 } }, 'target.host: must be a host name'],
  [{ target: { host: 'db', port: 70_000 } }, 'target.port: must be a whole number'],
  [{ adminUser: 'a, eve' }, 'adminUser: has a comma or a space'],
  [{ auth: { user: 'x', query: 'SELECT %{process}' } }, 'auth.query: has %{'],
  [{ auth: { user: 'x', query: 'SELECT $1 ' } }, 'auth.query: begins or ends with a space'],
  [{ directory: '/run/../x y' }, 'directory: must be an absolute path'],
  [{ version: '1.17' }, 'version: must be 1.18 or newer'],
  [{ version: '1.18', processes: 2 }, 'processes: more than one needs PgBouncer 1.19'],
  [{ version: '1.24', transactionTimeoutSeconds: 9 }, 'transactionTimeoutSeconds: needs PgBouncer 1.25'],
  [{ version: '1.18', maxPreparedStatements: 9 }, 'maxPreparedStatements: needs PgBouncer 1.21'],
  [{ queryWaitTimeoutSeconds: -1 }, 'queryWaitTimeoutSeconds: must be a whole number'],
  [{ trackExtraParameters: 'IntervalStyle, Search_Path' }, 'must not name search_path'],
  [{ clientTls: { mode: 'yes' } }, 'clientTls.mode: must be one of'],
  [{ limits: { ...SMALL.limits, defaultPoolSize: 0 } }, 'limits.defaultPoolSize: must be'],
])('%j is refused by the name of the setting', (change, message) => {
  expect(rendered(change as Partial<PgbouncerSettings>)).toContain(message)
})

test('defaults that a version does not know are left out', () => {
  const keys = (version: PgbouncerSettings['version']) => [
    ...(readIni(rendered({ version })).get('pgbouncer')?.keys() ?? []),
  ]
  expect(keys('1.25.2').filter(key => !keys('1.24.1').includes(key))).toEqual([
    'query_wait_notify',
    'transaction_timeout',
  ])
  expect(keys('1.24.1').filter(key => !keys('1.18').includes(key))).toEqual([
    'max_prepared_statements',
    'track_extra_parameters',
  ])
})

test('TLS on both sides names the files that the entrypoint writes, and verifies the server by name', () => {
  const main = readIni(rendered({ clientTls: { mode: 'require' }, serverTls: { mode: 'verify-full' } })).get(
    'pgbouncer',
  )
  expect(Object.fromEntries([...(main ?? [])].filter(([key]) => key.includes('tls')))).toEqual({
    client_tls_sslmode: 'require',
    client_tls_cert_file: '/run/pgbouncer/tls/cert.pem',
    client_tls_key_file: '/run/pgbouncer/tls/key.pem',
    client_tls_ca_file: '/run/pgbouncer/tls/cert.pem',
    server_tls_sslmode: 'verify-full',
    server_tls_ca_file: '/run/pgbouncer/tls/server-ca.pem',
  })
})

test('a target that moved replaces the one in the first line, and hosts of a database stay its own', () => {
  const ini = renderPgbouncerIni({
    ...SMALL,
    databases: { app: {}, ro: { hosts: ['replica-1', 'replica-2'] } },
  })
  const databases = readIni(iniOfProcess(ini, 1, { host: 'new.example.com', port: 6000 })).get('databases')
  expect(databases?.get('app')).toBe("host=new.example.com port=6000 dbname='app'")
  expect(databases?.get('ro')).toBe("host='replica-1,replica-2' port=5433 dbname='ro'")
})
