import type { HowdahError } from '../../core/errors.ts'
import { step } from '../../core/progress.ts'
import type { Runtime } from '../../core/runtime.ts'
import { noteOnRun } from '../../ledger/runs.ts'
import { cancelOnAbort } from '../../postgres/cancel.ts'
import type { Connection } from '../../postgres/connect.ts'
import { explainError } from '../../postgres/explain.ts'
import { Watcher } from '../execute/watcher.ts'
import { mendIndex } from './mend-index.ts'
import { mendRows } from './mend-rows.ts'
import type { LeftAlone, Repair } from './repair-plan.ts'

export interface RepairExecution {
  readonly repaired: readonly Repair[]
  /** What turned out not to be repairable. */
  readonly left: readonly LeftAlone[]
  /** What ended it early; the repairs before have happened. */
  readonly error: HowdahError | undefined
}

/** One transaction a repair, together with its record; killed at any moment the rest is found again by the next run. */
export async function executeRepairs(
  connection: Connection,
  repairs: readonly Repair[],
  runtime: Runtime,
): Promise<RepairExecution> {
  const watcher = new Watcher(connection, runtime.clock, false)
  const repaired: Repair[] = []
  const left: LeftAlone[] = []
  try {
    for (const repair of repairs) {
      const title = `${repair.kind} ${repair.subject}`
      const reason = await step(
        runtime.progress,
        title,
        ({ update }) =>
          cancelOnAbort(connection, runtime.signal, () =>
            carryOut({ connection, runtime, watcher, show: update }, repair),
          ),
        outcome => outcome?.reason ?? repair.action,
      )
      if (reason) left.push(reason)
      else repaired.push(repair)
    }
    return { repaired, left, error: undefined }
  } catch (error) {
    return { repaired, left, error: explainError(error) }
  } finally {
    await watcher.close().catch(() => undefined)
  }
}

async function carryOut(
  context: Parameters<typeof mendIndex>[0],
  repair: Repair,
): Promise<LeftAlone | undefined> {
  const { connection, runtime } = context
  const { runId, clock } = runtime
  const what = `${repair.kind} ${repair.subject}`
  const before = repair.kind === 'checksum' ? ` (it was ${repair.recorded})` : ''
  const record = { what, note: `${repair.action}${before}: ${repair.proof}` }
  if (repair.kind === 'invalid-index') {
    const reason = await mendIndex(context, repair)
    if (!reason) await noteOnRun(connection, runId, record)
    return reason
  }
  await connection.transaction(async () => {
    await mendRows(connection, repair, runId, clock.now())
    await noteOnRun(connection, runId, record)
  })
  return undefined
}
