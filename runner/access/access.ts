import type { AccessSettings } from '../config/access-settings.ts'
import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import type { Connection, ConnectOptions } from '../postgres/connect.ts'
import { readServerFacts, requireDirect, requireSupported } from '../postgres/server-facts.ts'
import { accessModel } from './declare.ts'
import { acquireAccessLock, apply, applyTogether, isPassing, openSession } from './execute.ts'
import { type ClusterState, inspectCluster } from './inspect-cluster.ts'
import { type DatabaseState, inspectDatabase } from './inspect-database.ts'
import type { AccessModel, ModelDatabase } from './model.ts'
import { planDatabase } from './plan-database.ts'
import { planRoles } from './plan-roles.ts'
import type { AccessOutcome } from './report.ts'
import { quoted, type Statement } from './statement.ts'
import { strangers } from './strangers.ts'

export type { AccessSettings, RoleKind } from '../config/access-settings.ts'
export { accessModel } from './declare.ts'
export {
  type AccessModel,
  coversLater,
  type GrantKind,
  type ModelDatabase,
  type ModelGrant,
  type ModelRole,
} from './model.ts'
export { type AccessOutcome, reportAccess } from './report.ts'
export { durationMs } from './setting-values.ts'

export interface AccessOptions {
  readonly url: Secret
  /** The setting the URL came from, for messages. */
  readonly setting: string
  readonly connectTimeoutMs: number
  /** Absent: the database and the schema of the URL. */
  readonly access: AccessSettings | undefined
  /** Stop after the plan. */
  readonly planOnly: boolean
  /** How long one statement waits for a lock, and the whole for another run, in milliseconds. */
  readonly lockTimeoutMs: number
  readonly lockBudgetMs: number
  readonly runtime: Runtime
}

/** As often as others get in the way, which the lock leaves to runs from other databases and to other tools. */
const ATTEMPTS = 5

/**
 * Makes roles, ownership, privileges and default privileges what the model says; what is right already is left as it is. Roles
 * change in one transaction, what lies in a database in another.
 * @throws HowdahError of connecting, connection-pooled, server-read-only, settings-invalid, access-role-refused, access-busy,
 *   privilege-missing, statement-failed, access-incomplete
 */
export async function setUpAccess(options: AccessOptions): Promise<AccessOutcome> {
  const { url, setting, connectTimeoutMs, runtime, planOnly } = options
  const client = { url, setting, connectTimeoutMs, applicationName: 'howdah/setup access' }
  await using connection = await openSession(client)
  const facts = await readServerFacts(connection)
  requireSupported(facts)
  const { host, port, database, schema } = connection.target
  const model = accessModel(options.access ?? {}, { name: database, schema })
  const work: Work = { ...options, client, connection, model }
  if (planOnly) return { ...(await wholePlan(work)), model, applied: false }
  if (facts.inRecovery) throw new HowdahError('server-read-only', { host, port })
  await requireDirect(connection)
  const release = await acquireAccessLock(connection, runtime, options.lockBudgetMs)
  try {
    const done: Statement[] = []
    for (let attempt = 1; ; attempt++) {
      runtime.signal.throwIfAborted()
      try {
        done.push(...(await carryOut(work)))
        break
      } catch (error) {
        if (!isPassing(error) || attempt === ATTEMPTS) throw error
        await runtime.clock.sleep(100 * attempt * (0.5 + Math.random()), runtime.signal)
      }
    }
    const rest = await wholePlan(work)
    if (rest.statements.length > 0)
      throw new HowdahError('access-incomplete', { left: rest.statements.map(({ why }) => why) })
    return { model, statements: done, applied: done.length > 0, strangers: rest.strangers }
  } finally {
    await release()
  }
}

interface Work extends AccessOptions {
  readonly client: ConnectOptions
  readonly connection: Connection
  readonly model: AccessModel
}

/** Everything that is missing, as of now. */
async function wholePlan(work: Work): Promise<Pick<AccessOutcome, 'statements' | 'strangers'>> {
  const { connection, model } = work
  const cluster = await inspectAllowed(connection, model)
  const inside = new Map<string, DatabaseState>()
  const statements = [...planRoles(model, cluster)]
  for (const database of model.databases) {
    const there = cluster.databases.some(({ name }) => name === database.name)
    const state = there ? await look(work, database) : undefined
    if (state) inside.set(database.name, state)
    else statements.push(createDatabase(database))
    statements.push(...planDatabase(model, database, cluster, state))
  }
  return { statements, strangers: strangers(model, cluster, inside) }
}

/**
 * One pass: what was done is planned again from what is there before the next part, as roles are needed before databases and
 * these before what is in them.
 * @returns the statements that took effect
 */
async function carryOut(work: Work): Promise<Statement[]> {
  const { connection, model, lockTimeoutMs, runtime } = work
  const { signal } = runtime
  const done: Statement[] = []
  const before = await inspectAllowed(connection, model)
  const roles = planRoles(model, before)
  await applyTogether(connection, roles, lockTimeoutMs, signal)
  done.push(...roles)
  for (const database of model.databases) {
    if (before.databases.some(({ name }) => name === database.name)) continue
    signal.throwIfAborted()
    const statement = createDatabase(database)
    await apply(connection, statement, lockTimeoutMs)
    done.push(statement)
  }
  const cluster = await inspectAllowed(connection, model)
  for (const database of model.databases) {
    signal.throwIfAborted()
    await using session = await openSession({ ...work.client, database: database.name })
    const statements = planDatabase(model, database, cluster, await inspectDatabase(session, database))
    await applyTogether(session, statements, lockTimeoutMs, signal)
    done.push(...statements)
  }
  return done
}

function createDatabase({ name, owner }: ModelDatabase): Statement {
  return {
    sql: `CREATE DATABASE ${quoted(name)} OWNER ${quoted(owner)}`,
    why: `there is no database "${name}"`,
    database: null,
  }
}

async function look({ client, connection }: Work, database: ModelDatabase): Promise<DatabaseState> {
  if (connection.target.database === database.name) return inspectDatabase(connection, database)
  await using session = await openSession({ ...client, database: database.name })
  // Awaited here, since the session ends with this block.
  return await inspectDatabase(session, database)
}

/** @throws HowdahError access-role-refused, where a name of the model is that of a role it must not touch */
async function inspectAllowed(connection: Connection, model: AccessModel): Promise<ClusterState> {
  const state = await inspectCluster(connection, model)
  for (const { name, superuser } of state.roles) {
    if (superuser) throw new HowdahError('access-role-refused', { role: name, reason: 'a superuser' })
    if (name === state.me.name)
      throw new HowdahError('access-role-refused', { role: name, reason: 'the role you connect as' })
  }
  return state
}
