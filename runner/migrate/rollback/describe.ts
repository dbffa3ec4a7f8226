import type { Connection } from '../../postgres/connect.ts'
import { type DescribedStep, describePlan, readLiveFacts, statementsOf } from '../plan/plan-facts.ts'
import { NO_REPEATABLES } from '../plan/repeatable-plan.ts'
import type { CountedLoss } from './count-losses.ts'
import type { RollbackPlan } from './plan-rollback.ts'
import type { ProofSource } from './proof.ts'

/** What is to be undone, and what it costs. */
export interface PreparedRollback {
  readonly plan: RollbackPlan
  /** By migration. */
  readonly losses: ReadonlyMap<string, readonly CountedLoss[]>
  /** `undefined`: there is nothing to undo. */
  readonly proof: ProofSource | undefined
}

/** A rollback with what its statements do to the tables there are. */
export interface DescribedRollback extends PreparedRollback {
  readonly steps: readonly DescribedStep[]
}

/** Reads what the plan's statements would lock. Changes nothing. */
export async function describeRollback(
  connection: Connection,
  prepared: PreparedRollback,
): Promise<DescribedRollback> {
  const { migrations } = prepared.plan
  const statements = migrations.flatMap(({ steps }) => steps.flatMap(statementsOf))
  const planned = migrations.map(({ name, steps }) => ({
    name,
    steps,
    checksum: '',
    recordsHistory: false,
    forgetsSteps: false,
    closesFailedRow: false,
  }))
  const { steps } = describePlan(
    {
      plan: { createsHistory: false, meetsOthers: true, migrations: planned },
      repeatables: NO_REPEATABLES,
      plannedHooks: [],
      live: {},
      total: planned.length,
    },
    await readLiveFacts(connection, statements),
  )
  return { ...prepared, steps }
}
