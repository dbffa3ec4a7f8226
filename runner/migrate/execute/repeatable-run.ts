import { escapeIdentifier } from 'pg'
import { HowdahError } from '../../core/errors.ts'
import { appliedRepeatable } from '../../ledger/repeatables.ts'
import { SQLSTATE, sqlstateOf } from '../../postgres/sqlstate.ts'
import type { RelationName } from '../../sql/classify.ts'
import { logEvent } from '../events.ts'
import type { Repeatable, RepeatablePlan } from '../plan/repeatable-plan.ts'
import type { ClassifiedStatement } from '../plan/script.ts'
import { type LockWait, withLockRetries } from './lock-policy.ts'
import { tellHolders } from './look-ahead.ts'
import { freshSession, leaveSettings } from './session.ts'
import { offsetInSent, statementError } from './statement-error.ts'
import { bounds, type StepContext } from './step-context.ts'

/** What Postgres says when a view cannot be changed under those that use it. */
const DEPENDENTS: readonly (string | undefined)[] = [
  SQLSTATE.dependentObjectsStillExist,
  SQLSTATE.invalidTableDefinition,
]

/**
 * Applies the changed repeatables in the order of their names, all in one transaction with their records. Where a view
 * cannot be changed because others use it, every view of the folder is dropped and every file is applied again, in that
 * one transaction too: nobody ever sees one of them missing.
 * @returns those that were applied, and how long that took to get its locks
 * @throws HowdahError migration-failed, migration-lock-timeout
 */
export async function runRepeatables(
  context: StepContext,
  plan: RepeatablePlan,
): Promise<{ readonly applied: readonly Repeatable[]; readonly wait: LockWait }> {
  try {
    return { applied: plan.changed, wait: await apply(context, plan.changed, []) }
  } catch (error) {
    if (!(error instanceof HowdahError) || !DEPENDENTS.includes(sqlstateOf(error.cause))) throw error
    const sentence = 'others use what changes: recreating every view of repeatable/'
    logEvent(context.runtime.log, 'repeatables.recreating', sentence, { reason: error.message })
    const drops = plan.all.flatMap(({ script }) => script.statements.flatMap(dropOf)).reverse()
    return { applied: plan.all, wait: await apply(context, plan.all, drops) }
  }
}

async function apply(
  context: StepContext,
  repeatables: readonly Repeatable[],
  drops: readonly string[],
): Promise<LockWait> {
  const { connection, runtime, limits, watcher } = context
  await connection.run(freshSession(connection, limits).join('; '))
  for (const { script } of repeatables) await tellHolders(context, script, script.statements)
  return withLockRetries(runtime, limits, watcher, (_attempt, timeoutMs) =>
    connection.transaction(async () => {
      await connection.run([...bounds(timeoutMs, limits), ...drops].join('; '))
      for (const repeatable of repeatables) {
        await send(context, repeatable)
        const record = appliedRepeatable(
          repeatable.name,
          repeatable.checksum,
          runtime.runId,
          runtime.clock.now(),
        )
        await connection.run([...leaveSettings(repeatable.script, limits), record].join('; '))
      }
    }),
  )
}

async function send({ connection }: StepContext, { script }: Repeatable): Promise<void> {
  for (const statement of script.statements) {
    try {
      await connection.run(statement.text)
    } catch (error) {
      if (error instanceof HowdahError) throw error
      const offset = statement.start + (offsetInSent(statement.text, error) ?? 0)
      throw statementError(script, statement, offset, 'repeatables', error)
    }
  }
}

/** The statement that takes a view back which the given one makes; functions and triggers are replaced in place. */
function dropOf({ node }: ClassifiedStatement): string[] {
  if ('ViewStmt' in node) {
    const { schemaname, relname } = node.ViewStmt.view ?? {}
    return [`DROP VIEW IF EXISTS ${qualified({ schema: schemaname, name: relname ?? '' })}`]
  }
  if ('CreateTableAsStmt' in node && node.CreateTableAsStmt.objtype === 'OBJECT_MATVIEW') {
    const { schemaname, relname } = node.CreateTableAsStmt.into?.rel ?? {}
    return [`DROP MATERIALIZED VIEW IF EXISTS ${qualified({ schema: schemaname, name: relname ?? '' })}`]
  }
  return []
}

function qualified({ schema, name }: RelationName): string {
  return [schema, name].flatMap(part => (part ? [escapeIdentifier(part)] : [])).join('.')
}
