import { withReleases } from '../../core/release-stack.ts'
import { ensureLedger } from '../../ledger/ledger-schema.ts'
import { finishRun, startRun } from '../../ledger/runs.ts'
import type { Connection } from '../../postgres/connect.ts'
import { acquireRunLock } from '../../postgres/run-lock.ts'
import { outcomeOfRun } from '../execute/finish-recorded.ts'
import { attachProblems } from '../execute/settle-step.ts'
import { type MigrateOptions, openWriter } from '../history/inspect.ts'
import { planEditedFiles } from './edited-file.ts'
import { type Evidence, gatherEvidence } from './evidence.ts'
import { executeRepairs, type RepairExecution } from './execute-repairs.ts'
import { planFailedRows } from './failed-row.ts'
import { planInvalidIndexes } from './invalid-index.ts'
import { planMissingFolders } from './missing-folder.ts'
import { REPAIR_KINDS, type RepairKind, type RepairPlan } from './repair-plan.ts'

export interface RepairOptions extends MigrateOptions {
  /** Which kinds to look for; empty: all. */
  readonly only: readonly RepairKind[]
  readonly runLockBudgetMs: number
  readonly runnerVersion: string
  /** Stop after planning. */
  readonly dryRun: boolean
}

export interface RepairOutcome extends RepairExecution {
  readonly plan: RepairPlan
}

/**
 * Mends the records and the leftovers of failures, but only what it has proved; the rest is named with the way out.
 * @throws HowdahError of connecting and inspecting, run-lock-timeout
 */
export async function repair(options: RepairOptions): Promise<RepairOutcome> {
  return withReleases(async releases => {
    const connection = await openWriter(options, 'migrate repair')
    releases.push('closing the connection', () => connection.close())
    if (options.dryRun) {
      const plan = await inspectAndPlan(connection, options)
      return { plan, repaired: [], left: plan.left, error: undefined }
    }
    const unlock = await acquireRunLock(connection, options.runtime, options.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    const plan = await inspectAndPlan(connection, options)
    if (plan.repairs.length === 0) return { plan, repaired: [], left: plan.left, error: undefined }
    const { repaired, left, error } = await runRecorded(connection, plan, options)
    return { plan, repaired, left: [...plan.left, ...left], error }
  })
}

/** In this order: what a failed row tells of the schema comes before what depends on it. */
const PLANNERS: Readonly<Record<RepairKind, (evidence: Evidence) => RepairPlan>> = {
  'failed-row': planFailedRows,
  checksum: planEditedFiles,
  'invalid-index': planInvalidIndexes,
  'missing-folder': planMissingFolders,
}

async function inspectAndPlan(
  connection: Connection,
  { folder, only, runtime }: RepairOptions,
): Promise<RepairPlan> {
  const kinds = only.length > 0 ? only : REPAIR_KINDS
  const evidence = await gatherEvidence(connection, folder, new Set(kinds), runtime)
  const plans = REPAIR_KINDS.filter(kind => kinds.includes(kind)).map(kind => PLANNERS[kind](evidence))
  return { repairs: plans.flatMap(({ repairs }) => repairs), left: plans.flatMap(({ left }) => left) }
}

async function runRecorded(
  connection: Connection,
  { repairs }: RepairPlan,
  { runtime, runnerVersion }: RepairOptions,
): Promise<RepairExecution> {
  const { runId: id, clock } = runtime
  await ensureLedger(connection)
  await startRun(connection, { id, verb: 'migrate repair', runnerVersion, startedAt: clock.now() })
  const execution = await executeRepairs(connection, repairs, runtime)
  const { error } = execution
  const finish = async () => {
    if (connection.lost) return
    await finishRun(connection, id, {
      outcome: outcomeOfRun(error),
      errorCode: error?.code,
      finishedAt: clock.now(),
    })
  }
  if (error) await attachProblems(error, finish)
  else await finish()
  return execution
}
