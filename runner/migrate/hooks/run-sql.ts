import { HowdahError, messageOf } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import { cancelOnAbort } from '../../postgres/cancel.ts'
import type { Connection } from '../../postgres/connect.ts'
import { serverFields, serverNotes, sqlstateOf } from '../../postgres/sqlstate.ts'
import { excerptAt } from '../../sql/position.ts'
import { type MigrationLimits, withLockRetries } from '../execute/lock-policy.ts'
import { freshSession, leaveSettings } from '../execute/session.ts'
import { offsetInSent } from '../execute/statement-error.ts'
import { bounds, limitsOf } from '../execute/step-context.ts'
import { Watcher } from '../execute/watcher.ts'
import { type ClassifiedStatement, locate, type Script } from '../plan/script.ts'
import { type HookContext, hookSettings } from './hook-context.ts'

/**
 * Runs the SQL of a hook in one transaction on the run's own session, with the lock policy of a migration, from the state
 * a migration starts from; nothing it sets outlives it.
 * @param remains what is left when it fails, for the hint
 * @throws HowdahError hook-failed, migration-lock-timeout, connection-lost
 */
export async function runSqlHook(
  connection: Connection,
  script: Script<string>,
  context: HookContext,
  { limits, runtime, remains }: { limits: MigrationLimits; runtime: Runtime; remains: string },
): Promise<void> {
  const own = limitsOf(script, limits)
  const watcher = new Watcher(connection, runtime.clock, limits.showQueries ?? false)
  try {
    await connection.run(freshSession(connection, limits).join('; '))
    await cancelOnAbort(connection, runtime.signal, async () => {
      await withLockRetries(runtime, own, watcher, (_attempt, timeoutMs) =>
        connection.transaction(async () => {
          await connection.run([...bounds(timeoutMs, own), hookSettings(context)].join('; '))
          for (const statement of script.statements) await send(connection, script, statement, remains)
        }),
      )
    })
  } finally {
    await watcher.close().catch(() => undefined)
    if (!connection.lost) {
      const after = [...leaveSettings(script, limits), ...freshSession(connection, limits)]
      await connection.run(after.join('; ')).catch(() => undefined)
    }
  }
}

async function send(
  connection: Connection,
  script: Script<string>,
  statement: ClassifiedStatement,
  remains: string,
): Promise<void> {
  try {
    await connection.run(statement.text)
  } catch (error) {
    if (error instanceof HowdahError) throw error
    const offset = statement.start + (offsetInSent(statement.text, error) ?? 0)
    const hook = locate(script, offset)
    const reason = `${messageOf(error)} (SQLSTATE ${sqlstateOf(error) ?? 'unknown'})`
    const details = { location: hook, statement: statement.index, ...serverFields(error) }
    const excerpt = [excerptAt(script.text, offset), ...serverNotes(error)].join('\n')
    throw new HowdahError('hook-failed', { hook, reason, remains }, { cause: error, details, excerpt })
  }
}
