import { escapeIdentifier, escapeLiteral } from 'pg'
import { HowdahError, messageOf } from '../../core/errors.ts'
import { EXIT, type ExitCode } from '../../core/exit-codes.ts'
import type { Secret } from '../../core/secret.ts'
import { plural } from '../../core/units.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { scramVerifier } from '../../postgres/scram.ts'
import { readServerFacts, requireSupported } from '../../postgres/server-facts.ts'
import { SQLSTATE, serverFields, sqlstateOf } from '../../postgres/sqlstate.ts'
import { mostDatabases } from '../collection/watched-databases.ts'
import { inspectRole } from './inspect.ts'
import { PASSWORD_MARK, planRole, type RoleStep } from './plan.ts'

export interface MonitorRoleOptions {
  readonly url: Secret
  readonly setting: string
  readonly connectTimeoutMs: number
  readonly name: string
  readonly password: Secret | undefined
  /** Further databases the exporter will watch, as it is told them; absent: none. */
  readonly databases?: readonly string[] | undefined
  /** Carry it out; otherwise only say it. */
  readonly apply: boolean
}

export interface MonitorRoleOutcome {
  readonly name: string
  readonly database: string
  readonly steps: readonly RoleStep[]
  readonly applied: boolean
}

/**
 * Makes a role that may see everything a scrape asks for and change nothing, in one transaction: all of it or nothing.
 * What is there already is left as it is.
 * @throws HowdahError of connecting, server-read-only, privilege-missing, monitor-role-refused
 */
export async function setUpMonitorRole(options: MonitorRoleOptions): Promise<MonitorRoleOutcome> {
  const { url, setting, connectTimeoutMs, name, password, databases, apply } = options
  const client = { url, setting, applicationName: 'howdah/setup monitor-role', connectTimeoutMs }
  await using connection = await connect(client)
  const facts = await readServerFacts(connection)
  requireSupported(facts)
  const { host, port, schema, database, user } = connection.target
  const state = await inspectRole(connection, name, schema)
  if (state.role?.isSuperuser || name === user) throw new HowdahError('monitor-role-refused', { role: name })
  const steps = planRole(state, {
    name,
    schema,
    setsPassword: password !== undefined,
    databases: mostDatabases(databases),
  })
  const outcome = { name, database, steps, applied: apply && steps.length > 0 }
  if (!outcome.applied) return outcome
  if (facts.inRecovery) throw new HowdahError('server-read-only', { host, port })
  await carryOut(connection, steps, password)
  return outcome
}

async function carryOut(
  connection: Connection,
  steps: readonly RoleStep[],
  password: Secret | undefined,
): Promise<void> {
  const { user, database } = connection.target
  await connection.transaction(async () => {
    for (const { sql } of steps) {
      const verifier = password ? escapeLiteral(scramVerifier(password)) : ''
      try {
        await connection.run(sql.replace(`'${PASSWORD_MARK}'`, () => verifier))
      } catch (error) {
        if (sqlstateOf(error) !== SQLSTATE.insufficientPrivilege) throw error
        const grant = `ALTER ROLE ${escapeIdentifier(user)} CREATEROLE; or run what this verb prints as the owner of "${database}"`
        const params = { user, action: sql, reason: messageOf(error), grant }
        throw new HowdahError('privilege-missing', params, { cause: error, details: serverFields(error) })
      }
    }
  })
}

/** The outcome for a person, as SQL that can be run, and for a program. */
export function reportMonitorRole({ name, database, steps, applied }: MonitorRoleOutcome): {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
} {
  const data = { ok: true, role: name, database, applied, statements: steps }
  if (steps.length === 0)
    return { data, text: `Nothing to do: role ${name} may see what is measured.`, exit: EXIT.done }
  const lines = steps.map(({ sql, why }) => `${sql};  -- ${why}`)
  const end = applied
    ? `Role ${name}: ${plural(steps.length, 'statement')} applied.`
    : `-- To carry it out: howdah setup monitor-role --apply`
  return { data, text: [...lines, end].join('\n'), exit: EXIT.done }
}
