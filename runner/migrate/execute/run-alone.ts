import { finishedRecord, startedRecord } from '../../ledger/step-records.ts'
import type { RelationName } from '../../sql/classify.ts'
import type { StatementStep } from '../plan/plan.ts'
import { areDropped, buildConcurrently, type IndexBuild, schemaOfIndex } from './concurrent-index.ts'
import { withLockRetries } from './lock-policy.ts'
import { tellOldTransactions } from './look-ahead.ts'
import { buildPartitionedIndex, type PartitionedBuild, partitionedTable } from './partitioned-index.ts'
import { sendStatement } from './send-statement.ts'
import { freshSession } from './session.ts'
import { applied, bounds, limitsOf, recordOf, type StepContext, type StepResult } from './step-context.ts'

/** Afterwards the catalogue, not the record, tells whether it took effect; so the record of its beginning comes first. */
export async function runAlone(
  context: StepContext,
  step: StatementStep,
  recorded: boolean,
  closing: (now: Date) => readonly string[],
): Promise<StepResult> {
  const { connection, runtime, limits } = context
  const record = recordOf(step, runtime.runId)
  if (!recorded) await connection.run(startedRecord(record, runtime.clock.now()))
  const started = runtime.clock.monotonicMs()
  // A concurrent build waits for every older transaction, on any table: a timeout would kill it there and leave an
  // INVALID index (measured on 14 to 18). Its lock blocks no reader and no writer, so waiting harms nobody.
  await connection.guard({ lockTimeoutMs: 0, statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0 })
  let result: IndexBuild
  try {
    result = await runAloneKind(context, step)
  } finally {
    if (!connection.lost) await connection.run(freshSession(connection, limits).join('; '))
  }
  const waitedMs = result.attempts > 1 ? Math.round(runtime.clock.monotonicMs() - started) : 0
  const end = applied({ attempts: result.attempts, waitedMs, blockers: [] }, null)
  const now = runtime.clock.now()
  // One message without BEGIN is one transaction.
  await connection.run([finishedRecord(record, end, now), ...closing(now)].join('; '))
  return { ...result, rows: null, lockWaitMs: waitedMs }
}

async function runAloneKind(context: StepContext, step: StatementStep): Promise<IndexBuild> {
  const { connection } = context
  const { kind } = step.statement
  await tellOldTransactions(context, step.script, step.statement)
  if (kind.kind === 'index-build' && kind.index !== undefined)
    return buildIndex(context, step, kind.index, kind.table)
  const dropped =
    kind.kind === 'index-drop' && step.earlier === 'cut-off' && (await areDropped(connection, kind.indexes))
  if (dropped) return { state: 'skipped', attempts: 1 }
  await sendStatement(connection, step)
  return { state: 'applied', attempts: 1 }
}

async function buildIndex(
  context: StepContext,
  step: StatementStep,
  name: string,
  on: RelationName,
): Promise<IndexBuild> {
  const { connection, runtime, watcher } = context
  const table = await partitionedTable(connection, on)
  if (!table) {
    const index = { schema: await schemaOfIndex(connection, on), name }
    return buildConcurrently(context, index, step.earlier, () => sendStatement(connection, step))
  }
  const limits = limitsOf(step.script, context.limits)
  const resumed = step.earlier !== 'none'
  const build: PartitionedBuild = {
    connection,
    resumed,
    brief: async text => {
      await withLockRetries(runtime, limits, watcher, (_attempt, timeoutMs) =>
        connection.transaction(async () => {
          await connection.run(bounds(timeoutMs, limits).join('; '))
          await sendStatement(connection, step, text)
        }),
      )
    },
    concurrent: async (text, index) => {
      await buildConcurrently(context, index, resumed ? 'cut-off' : 'none', () =>
        sendStatement(connection, step, text),
      )
    },
  }
  await buildPartitionedIndex(build, table, name, step.statement.text)
  return { state: 'applied', attempts: 1 }
}
