import { plural } from '../../core/units.ts'
import type { Moment } from '../../ledger/moment.ts'
import { endedRecord } from '../../ledger/step-records.ts'
import { cancelOnAbort } from '../../postgres/cancel.ts'
import { ScriptFailure } from '../../postgres/connect.ts'
import { logEvent } from '../events.ts'
import { appliedRow } from '../history/history-records.ts'
import { historyTable } from '../history/prisma-history.ts'
import type { FileStep, PlannedMigration } from '../plan/plan.ts'
import { type FileMessage, fileMessage, messageText } from './file-message.ts'
import type { Execution } from './settle-step.ts'
import { applied, recordOf } from './step-context.ts'
import { outcomeOf } from './step-outcome.ts'

/** Migrations that go together in one message, each in its own transaction. */
export interface BatchedMigration {
  readonly migration: PlannedMigration
  readonly step: FileStep
}

/**
 * The most of them, and of their text. 800 migrations of 4 statements onto an empty database took 1.20 times what one psql
 * takes with a transaction a file when sent one by one, 1.09 with 8 a message, 0.98 with 16 and with 32 (medians of 3).
 */
const MOST = 16
const MOST_TEXT = 64 * 1024

/**
 * How many migrations from `from` on can share a message: files in one transaction that nothing needs to be said about
 * before. Pure.
 */
export function takeBatch(migrations: readonly PlannedMigration[], from: number): BatchedMigration[] {
  const batch: BatchedMigration[] = []
  let length = 0
  for (const migration of migrations.slice(from, from + MOST)) {
    const [step, ...others] = migration.steps
    const { closesFailedRow, forgetsSteps, recordsHistory } = migration
    if (step?.scope !== 'file' || others.length > 0) break
    if (!recordsHistory || closesFailedRow || forgetsSteps) break
    if (Object.keys(step.script.directives).length > 0) break
    length += step.script.text.length
    if (length > MOST_TEXT && batch.length > 0) break
    batch.push({ migration, step })
  }
  return batch
}

/** Our clock's time, however late in the message the server gets there. */
const onArrival = (sent: Date): Moment => ({
  sql: `'${sent.toISOString()}'::timestamptz + (clock_timestamp() - statement_timestamp())`,
})

/** The moment kept by `BEGAN`; a file that resets all settings loses it, and began with the message then. */
const whenBegun = (sent: Date): Moment => ({
  sql: `'${sent.toISOString()}'::timestamptz
    + make_interval(secs => coalesce(nullif(current_setting('howdah.began', true), ''), '0')::float8)`,
})

const BEGAN = `SELECT set_config('howdah.began', extract(epoch FROM clock_timestamp() - statement_timestamp())::text, true)`

/**
 * Runs migrations as one message, one transaction each: the server goes on from one to the next without waiting for us, and
 * stops at the first that fails. On a database that nobody else uses; where anything goes wrong, what was not applied is left
 * for the way one by one, which does it again and tells all about it.
 * @returns how many were applied
 * @throws HowdahError interrupted, connection-lost
 */
export async function runBatch(execution: Execution, batch: readonly BatchedMigration[]): Promise<number> {
  const { connection, runtime, limits } = execution
  const sent = runtime.clock.now()
  const messages = batch.map(({ migration, step }): FileMessage => {
    const { name, checksum } = migration
    const [begun, ended] = [whenBegun(sent), onArrival(sent)]
    const end = [
      endedRecord(
        recordOf(step, runtime.runId),
        begun,
        applied({ attempts: 1, waitedMs: 0, blockers: [] }, null),
        ended,
      ),
      appliedRow(connection, { id: crypto.randomUUID(), name, checksum, startedAt: begun }, ended),
    ]
    return fileMessage(connection, step.script, limits, limits.lockTimeoutMs, { opening: [BEGAN], end })
  })
  // How many statements have completed when the nth migration has committed.
  let statements = 0
  const commits = messages.map(({ before, after }, index) => {
    statements += before.length + (batch[index]?.step.script.statements.length ?? 0) + after.length
    return statements
  })
  const progress = runtime.progress.step(plural(batch.length, 'migration'))
  let mark = runtime.clock.monotonicMs()
  let done = 0
  const settleNext = () => {
    const one = batch[done]
    if (!one) return
    const now = runtime.clock.monotonicMs()
    tellApplied(execution, one, Math.round(now - mark))
    mark = now
    done += 1
    progress.update(one.migration.name)
  }
  const onCompleted = (count: number) => {
    if (count === commits[done]) settleNext()
  }
  try {
    const text = messages.map(messageText).join(';\n')
    await cancelOnAbort(connection, runtime.signal, () => connection.script(text, onCompleted))
    while (done < batch.length) settleNext()
    progress.done()
    return done
  } catch (error) {
    if (!(error instanceof ScriptFailure)) {
      progress.fail()
      throw error
    }
    // What is in the database says it, not what we counted.
    const names = batch.map(({ migration }) => migration.name)
    const rows = await connection.rows<{ name: string }>(
      `SELECT migration_name AS name FROM ${historyTable(connection)}
        WHERE migration_name = ANY ($1) AND finished_at IS NOT NULL AND rolled_back_at IS NULL`,
      [names],
    )
    while (done < rows.length) settleNext()
    progress.done(`${done} applied, the next one by itself`)
    return done
  }
}

function tellApplied(
  { runtime, outcomes }: Execution,
  { migration: { name }, step }: BatchedMigration,
  durationMs: number,
): void {
  const outcome = outcomeOf(step, 'applied', durationMs, { attempts: 1, rows: null })
  outcomes.push(outcome)
  const { log } = runtime
  logEvent(log, 'migration.started', `${name} begins`, { migration: name, steps: 1 })
  logEvent(log, 'step.applied', `${name}/${outcome.file}:${outcome.line} ${outcome.summary}`, {
    ...outcome,
    durationMs,
    state: 'applied',
  })
  logEvent(log, 'migration.applied', `${name} applied`, { migration: name, durationMs, steps: 1 })
}
