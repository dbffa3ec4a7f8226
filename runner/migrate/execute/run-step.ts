import { endedRecord, finishedRecord } from '../../ledger/step-records.ts'
import { type Connection, ScriptFailure } from '../../postgres/connect.ts'
import type { FileStep, StatementStep } from '../plan/plan.ts'
import { isAlone, type Script } from '../plan/script.ts'
import { type FileMessage, fileMessage, headOf, messageText } from './file-message.ts'
import { effortOf, withLockRetries } from './lock-policy.ts'
import { tellHolders } from './look-ahead.ts'
import { runAlone } from './run-alone.ts'
import { runBare } from './run-bare.ts'
import { sendStatement } from './send-statement.ts'
import { leaveSettings } from './session.ts'
import { offsetInSent, statementError } from './statement-error.ts'
import { limitsOfStep } from './statement-timeout.ts'
import { applied, bounds, recordOf, type StepContext, type StepResult } from './step-context.ts'

const AFFECTED_UNKNOWN = null

/** What else is said in the transaction of a file. */
export interface FileRecords {
  readonly startedAt: Date
  /** About earlier attempts. */
  readonly before: readonly string[]
  /** About the file itself, behind it: Prisma's row. */
  readonly records: (now: Date) => readonly string[]
}

/** All statements of a file, Prisma's row and our record: one message, one transaction, one commit. */
export async function runFile(
  context: StepContext,
  step: FileStep,
  { startedAt, before: beforehand, records }: FileRecords,
): Promise<StepResult> {
  const { connection, runtime, watcher } = context
  const { script } = step
  const limits = limitsOfStep(context, step)
  const record = recordOf(step, runtime.runId)
  await tellHolders(context, script, script.statements)
  const wait = await withLockRetries(runtime, limits, watcher, async (_attempt, timeoutMs, current) => {
    const now = runtime.clock.now()
    const end = [endedRecord(record, startedAt, applied(current(), AFFECTED_UNKNOWN), now), ...records(now)]
    const message = fileMessage(connection, script, limits, timeoutMs, { opening: beforehand, end })
    await sendFile(connection, script, message)
  })
  return { state: 'applied', rows: AFFECTED_UNKNOWN, ...effortOf(wait) }
}

async function sendFile(connection: Connection, script: Script, message: FileMessage): Promise<void> {
  const sent = messageText(message)
  try {
    await connection.script(sent)
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error
    const statement = script.statements[error.completed - message.before.length]
    const pointed = offsetInSent(sent, error.cause)
    const within = pointed === undefined ? -1 : pointed - headOf(message).length
    const start = script.statements[0]?.start ?? 0
    // A server whose grammar is older than our parser's refuses the whole message, at a place in the file.
    const offset = within >= 0 && within <= message.body.length ? within + start : statement?.start
    // Our own statements around the file fail only for reasons of the database's, which the error tells as it is.
    if (offset === undefined) throw error.cause
    throw statementError(script, statement, offset, 'file', error.cause)
  }
}

/**
 * One statement: in a transaction of its own together with its record, or alone where Postgres or the file insists.
 * @param recorded whether its beginning is on record
 * @param closing what becomes true with it, in the transaction of its record
 */
export async function runStatement(
  context: StepContext,
  step: StatementStep,
  recorded: boolean,
  closing: (now: Date) => readonly string[] = () => [],
): Promise<StepResult> {
  if (!step.alone) return runInTransaction(context, step, recorded, closing)
  const run = isAlone(step.statement.kind) ? runAlone : runBare
  return run(context, step, recorded, closing)
}

async function runInTransaction(
  context: StepContext,
  step: StatementStep,
  recorded: boolean,
  closing: (now: Date) => readonly string[],
): Promise<StepResult> {
  const { connection, runtime, watcher } = context
  const limits = limitsOfStep(context, step)
  const record = recordOf(step, runtime.runId)
  const startedAt = runtime.clock.now()
  await tellHolders(context, step.script, [step.statement])
  let rows: number | null = null
  const wait = await withLockRetries(runtime, limits, watcher, (_attempt, timeoutMs, current) =>
    connection.transaction(async () => {
      await connection.run(bounds(timeoutMs, limits).join('; '))
      rows = await sendStatement(connection, step)
      const end = applied(current(), rows)
      const now = runtime.clock.now()
      const ended = recorded ? finishedRecord(record, end, now) : endedRecord(record, startedAt, end, now)
      await connection.run([...leaveSettings(step.script, limits, true), ended, ...closing(now)].join('; '))
    }),
  )
  return { state: 'applied', rows, ...effortOf(wait) }
}
