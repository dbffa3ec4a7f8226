import fc from 'fast-check'
import type { PgbouncerSettings, PgbouncerVersion } from '../../runner/pooler/pooler.ts'

const hostile = fc.stringMatching(/^[ -~é’;=#"'\\,%[\]$]{1,30}$/)
const plain = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/)
const name = fc.oneof({ weight: 9, arbitrary: plain }, hostile)
const listed = fc.oneof(
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/),
  hostile.map(text => text.replace(/[\s,]/g, '') || 'x'),
)
const host = fc.oneof(
  fc.constantFrom('127.0.0.1', '::1', 'db.example.com', '/var/run/postgresql'),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,10}(\.[a-z][a-z0-9]{0,5}){0,3}$/),
)
const port = fc.integer({ min: 1, max: 65_535 })
const count = (least: number) => fc.oneof(fc.integer({ min: least, max: 2000 }), fc.constant(2_147_483_647))
const seconds = fc.integer({ min: 0, max: 31_536_000 })
const mode = fc.constantFrom('session' as const, 'transaction' as const, 'statement' as const)
const optional = { requiredKeys: [] as never[] }

/** Without what the renderer refuses: whatever is rendered has to start. */
const carried = (text: string) => text.trim() === text && text !== '' && !text.includes('%{')

/** Random settings that are right for a version; `keepStarting` leaves out what needs files or free addresses. */
export function pgbouncerSettings(version: PgbouncerVersion): fc.Arbitrary<PgbouncerSettings> {
  const minor = Number(version.split('.')[1])
  const since = <T>(from: number, made: Record<string, fc.Arbitrary<T>>) => (minor >= from ? made : {})
  const database = fc.record(
    {
      database: fc.oneof(plain, hostile),
      hosts: fc.array(host, { minLength: 1, maxLength: 3 }),
      poolMode: mode,
      poolSize: count(1),
      minPoolSize: count(0),
      reservePoolSize: count(0),
      maxConnections: count(0),
      connectQuery: hostile.filter(text => text !== ''),
      applicationName: hostile.filter(text => text !== ''),
    },
    optional,
  )
  const options = fc.record(
    {
      ignoreStartupParameters: fc.constantFrom('options', 'extra_float_digits,options'),
      serverResetQuery: hostile.filter(carried),
      serverResetQueryAlways: fc.boolean(),
      minPoolSize: count(0),
      reservePoolTimeoutSeconds: seconds,
      maxUserConnections: count(0),
      queryWaitTimeoutSeconds: seconds,
      serverIdleTimeoutSeconds: seconds,
      serverLifetimeSeconds: seconds,
      serverLoginRetrySeconds: seconds,
      clientIdleTimeoutSeconds: seconds,
      idleTransactionTimeoutSeconds: seconds,
      dnsMaxTtlSeconds: seconds,
      tcpKeepalive: fc.boolean(),
      serverRoundRobin: fc.boolean(),
      applicationNameAddHost: fc.boolean(),
      logConnections: fc.boolean(),
      ...since(21, { maxPreparedStatements: fc.integer({ min: 0, max: 1000 }) }),
      ...since(24, { maxDbClientConnections: count(0), maxUserClientConnections: count(0) }),
      ...since(25, { transactionTimeoutSeconds: seconds }),
    },
    optional,
  )
  const limits = fc.record({
    defaultPoolSize: fc.integer({ min: 1, max: 1000 }),
    reservePoolSize: fc.integer({ min: 0, max: 1000 }),
    maxDbConnections: count(0),
    maxClientConn: fc.integer({ min: 1, max: 500 }),
  })
  return fc
    .record({
      options,
      limits,
      target: fc.record({ host, port }),
      databases: fc.dictionary(
        name.filter(text => text !== 'pgbouncer'),
        database,
        { minKeys: 1, maxKeys: 4, noNullPrototype: true },
      ),
      users: fc.dictionary(name, fc.record({ poolMode: mode, maxConnections: count(0) }, optional), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      auth: fc.option(fc.record({ user: listed, query: hostile.filter(carried) }), { nil: undefined }),
      adminUser: listed,
      statsUser: listed,
      poolMode: mode,
      processes: minor >= 19 ? fc.integer({ min: 1, max: 4 }) : fc.constant(1),
    })
    .map(({ options: given, ...settings }) => ({ version, ...given, ...settings }) as PgbouncerSettings)
}
