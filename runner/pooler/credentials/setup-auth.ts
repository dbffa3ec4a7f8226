import { escapeIdentifier, escapeLiteral } from 'pg'
import { HowdahError, messageOf } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { scramVerifier } from '../../postgres/scram.ts'
import { readServerFacts, requireSupported } from '../../postgres/server-facts.ts'
import { SQLSTATE, serverFields, sqlstateOf } from '../../postgres/sqlstate.ts'
import { inspectAuth } from './inspect.ts'
import { type AuthStep, PASSWORD_MARK, planAuth } from './plan.ts'

export interface SetupAuthOptions {
  readonly url: Secret
  readonly setting: string
  readonly connectTimeoutMs: number
  /** The role PgBouncer asks as (`auth_user`). */
  readonly role: string
  readonly password: Secret | undefined
  /** Carry it out; otherwise only say it. */
  readonly apply: boolean
}

export interface SetupAuthOutcome {
  readonly role: string
  readonly database: string
  readonly steps: readonly AuthStep[]
  readonly applied: boolean
}

/**
 * Makes the table of credentials and the function through which PgBouncer, and nobody else, sees one of them, in one transaction.
 * @throws HowdahError of connecting, server-read-only, privilege-missing, pooler-role-refused
 */
export async function setUpPoolerAuth(options: SetupAuthOptions): Promise<SetupAuthOutcome> {
  const { role, password, apply, connectTimeoutMs, url, setting } = options
  const applicationName = 'howdah/setup pooler-auth'
  await using connection = await connect({ url, setting, connectTimeoutMs, applicationName })
  const facts = await readServerFacts(connection)
  requireSupported(facts)
  const { host, port, database, user } = connection.target
  const state = await inspectAuth(connection, role)
  if (state.role?.isSuperuser || role === user) throw new HowdahError('pooler-role-refused', { role })
  const steps = planAuth(state, role, password !== undefined)
  const outcome = { role, database, steps, applied: apply && steps.length > 0 }
  if (!outcome.applied) return outcome
  if (facts.inRecovery) throw new HowdahError('server-read-only', { host, port })
  await connection.transaction(async () => {
    for (const { sql } of steps) await carryOut(connection, sql, password)
  })
  return outcome
}

async function carryOut(connection: Connection, sql: string, password: Secret | undefined): Promise<void> {
  const verifier = password ? escapeLiteral(scramVerifier(password)) : ''
  const { user, database } = connection.target
  try {
    await connection.run(sql.replace(`'${PASSWORD_MARK}'`, () => verifier))
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.insufficientPrivilege) throw error
    const grant = `ALTER ROLE ${escapeIdentifier(user)} CREATEROLE and GRANT CREATE ON DATABASE ${escapeIdentifier(database)} TO ${escapeIdentifier(user)}; or run what this verb prints as the owner of "${database}"`
    throw new HowdahError(
      'privilege-missing',
      { user, action: sql.split('\n')[0] ?? sql, reason: messageOf(error), grant },
      { cause: error, details: serverFields(error) },
    )
  }
}
