import { escapeIdentifier, escapeLiteral } from 'pg'
import type { RoleState, SchemaState } from './inspect.ts'

export interface RoleWish {
  readonly name: string
  /** The schema of Prisma's history. */
  readonly schema: string
  /** Whether a password is to be set. */
  readonly setsPassword: boolean
  /** How many databases the exporter watches at the most. */
  readonly databases: number
}

/** One statement that is missing. */
export interface RoleStep {
  readonly sql: string
  readonly why: string
}

/**
 * How many sessions it may have: of the exporter two in its database, one in each further one, and one that probes; one of a
 * person who looks, one that is just ending.
 */
const connectionsFor = (databases: number) => 2 + (databases - 1) + 1 + 1 + 1

/** What holds every session of the role, whatever asks: a scrape must never be what hurts. */
const GUARDS: Readonly<Record<string, string>> = {
  statement_timeout: '3s',
  lock_timeout: '100ms',
  idle_in_transaction_session_timeout: '10s',
  default_transaction_read_only: 'on',
  search_path: 'pg_catalog',
}

/** What a role needs to measure, whoever makes it; the sessions are those of an exporter that watches so many databases. */
export interface MonitorNeeds {
  readonly connectionLimit: number
  readonly settings: Readonly<Record<string, string>>
  readonly memberOf: readonly string[]
  /** Roles that not every server has, or that not everybody may grant. */
  readonly memberOfWhereThere: readonly string[]
}

export function monitorNeeds(databases: number): MonitorNeeds {
  return {
    connectionLimit: connectionsFor(databases),
    settings: GUARDS,
    memberOf: ['pg_monitor'],
    memberOfWhereThere: ['pg_use_reserved_connections'],
  }
}

/** Stands in the place of the password, which is never printed. */
export const PASSWORD_MARK = '<HOWDAH_MONITOR_PASSWORD>'

/** What makes a role fit for monitoring, and no more than that; nothing where it is. Pure. */
export function planRole(state: RoleState, { name, schema, setsPassword, databases }: RoleWish): RoleStep[] {
  const role = escapeIdentifier(name)
  const { role: found } = state
  const connections = connectionsFor(databases)
  const steps: RoleStep[] = []
  const add = (sql: string, why: string) => steps.push({ sql, why })
  if (!found) add(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT ${connections}`, 'there is no such role')
  else {
    if (!found.canLogin) add(`ALTER ROLE ${role} LOGIN`, 'it may not log in')
    const { connectionLimit: limit } = found
    const alter = `ALTER ROLE ${role} CONNECTION LIMIT ${connections}`
    if (limit < 0 || limit > connections) add(alter, 'a scrape that hangs must not take every connection')
    else if (limit < connections) add(alter, 'the exporter needs so many sessions')
  }
  if (setsPassword) add(`ALTER ROLE ${role} PASSWORD '${PASSWORD_MARK}'`, 'a password was given')
  if (!state.isMonitor) add(`GRANT pg_monitor TO ${role}`, 'statistics of other roles are hidden from it')
  if (state.isReserved === false)
    add(
      `GRANT pg_use_reserved_connections TO ${role}`,
      'it gets in when the application has taken every connection',
    )
  if (state.isRdsIam === false) add(`GRANT rds_iam TO ${role}`, 'on RDS it logs in by IAM')
  for (const [setting, value] of Object.entries(GUARDS)) {
    if (found?.settings.includes(`${setting}=${value}`)) continue
    add(`ALTER ROLE ${role} SET ${setting} = ${escapeLiteral(value)}`, 'what holds its sessions')
  }
  for (const each of state.schemas) steps.push(...schemaSteps(each, role))
  if (state.historyUnreadable)
    add(`GRANT SELECT ON ${escapeIdentifier(schema)}._prisma_migrations TO ${role}`, 'migrations are counted')
  return steps
}

function schemaSteps(
  { name, usable, unreadableSequences, unreadableTables, coversFuture }: SchemaState,
  role: string,
): RoleStep[] {
  const schema = escapeIdentifier(name)
  const steps: RoleStep[] = []
  if (!usable) steps.push({ sql: `GRANT USAGE ON SCHEMA ${schema} TO ${role}`, why: 'it cannot see into it' })
  const own = name === 'howdah'
  const kind = own ? 'TABLES' : 'SEQUENCES'
  const sequences = 'pg_monitor does not show how far a sequence is'
  const why = own ? 'what deploys did is measured from our record' : sequences
  if (unreadableTables > 0)
    steps.push({ sql: `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}`, why })
  if (unreadableSequences > 0)
    steps.push({ sql: `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`, why: sequences })
  if (!coversFuture)
    steps.push({
      sql: `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON ${kind} TO ${role}`,
      why: 'the same for those that the role you connect as makes later',
    })
  return steps
}
