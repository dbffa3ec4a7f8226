import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import { requireConsoleUrl } from '../pooler/pooler.ts'
import { type Connection, type ConnectOptions, connect } from '../postgres/connect.ts'
import { parseDatabaseUrl } from '../postgres/database-url.ts'
import { readServerFacts } from '../postgres/server-facts.ts'
import type { Arrival, Consoles } from './check.ts'
import { CHECKS } from './checks/registry.ts'
import { type Finding, isHealthy } from './finding.ts'
import { runCheck } from './run-check.ts'

export type { Finding, FindingStatus } from './finding.ts'

/** A connection URL and the setting it came from. */
export interface Address {
  readonly url: Secret
  readonly setting: string
}

export interface ExamineOptions {
  /** The server's own address, which migrations and metrics use. */
  readonly direct: Address
  /** The application's, which may be a pooler's; absent when it is the same. */
  readonly application: Address | undefined
  /** The admin consoles of the poolers that a deploy tells. */
  readonly poolerAdminUrls?: readonly Secret[] | undefined
  readonly connectTimeoutMs: number
  readonly runtime: Runtime
}

export interface Examination {
  readonly findings: readonly Finding[]
  /** No problem was found, and no error kept a check from running. */
  readonly healthy: boolean
}

/**
 * Looks at everything that has to be right for the other verbs to work. Changes nothing. A database that cannot be reached
 * is a finding, not an error.
 * @throws HowdahError database-url-invalid
 */
export async function examine({
  direct,
  application,
  poolerAdminUrls = [],
  connectTimeoutMs,
  runtime,
}: ExamineOptions): Promise<Examination> {
  const { signal } = runtime
  const options = (address: Address): ConnectOptions => ({
    ...address,
    applicationName: 'howdah/doctor',
    connectTimeoutMs,
  })
  for (const { url, setting } of [direct, application ?? direct]) parseDatabaseUrl(url, setting)
  for (const url of poolerAdminUrls) requireConsoleUrl(url)
  const consoles = { poolerAdminUrls, connectTimeoutMs }
  const arrival = await arrive(options(direct), application && options(application), consoles, runtime)
  try {
    const findings: Finding[] = []
    for (const check of CHECKS) {
      signal.throwIfAborted()
      findings.push(...(await runCheck(check, arrival)))
    }
    return { findings, healthy: isHealthy(findings) }
  } finally {
    if (!arrival.failure && !arrival.connection.lost) await arrival.connection.close()
  }
}

/** Connects, and asks who is there. */
async function arrive(
  own: ConnectOptions,
  other: ConnectOptions | undefined,
  consoles: Consoles,
  { clock }: Runtime,
): Promise<Arrival> {
  const started = clock.monotonicMs()
  let connection: Connection | undefined
  try {
    connection = await connect(own)
    const connectMs = clock.monotonicMs() - started
    const facts = await readServerFacts(connection)
    return { failure: undefined, connection, facts, connectMs, application: other, clock, ...consoles }
  } catch (error) {
    await connection?.[Symbol.asyncDispose]()
    const lost = () => new HowdahError('connection-lost', { during: 'the first question' }, { cause: error })
    return { failure: error instanceof HowdahError ? error : lost(), clock, ...consoles }
  }
}
