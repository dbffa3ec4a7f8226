import type { Connection } from '../../postgres/connect.ts'
import { logEvent } from '../events.ts'
import type { AllowedGates } from '../gates/gates.ts'
import { type LiveChecks, requireOpenLiveGates } from '../gates/live-gates.ts'
import type { Comparison } from '../history/compare.ts'
import { inspect, type MigrateOptions } from '../history/inspect.ts'
import type { Hook } from '../hooks/hook-plan.ts'
import { planHooks } from '../hooks/hook-plan.ts'
import type { HookOptions } from '../hooks/hook-runner.ts'
import { type Plan, planDeploy } from './plan.ts'
import { planRepeatables, type RepeatablePlan } from './repeatable-plan.ts'

export interface PlanOptions extends MigrateOptions {
  /** Gates that are let through, with the reasons that are recorded. */
  readonly allowed?: AllowedGates
  /** Bytes free on the server's disk, where it cannot be asked. */
  readonly freeDiskBytes?: number | undefined
  /** How the hooks beside the migrations run; absent: they do not, as on a shadow. */
  readonly hooks?: HookOptions
}

/** What a deploy would do, and what it was decided from. */
export interface PlannedRun {
  readonly comparison: Comparison
  readonly plan: Plan
  readonly repeatables: RepeatablePlan
  /** The hooks there are; none where there is nothing to do. */
  readonly plannedHooks: readonly Hook[]
  /** What the live database was found like; empty where there is nothing to do. */
  readonly live: LiveChecks
  /** Migrations on disk. */
  readonly total: number
}

/**
 * What a deploy would do now. Changes nothing.
 * @throws HowdahError all that is refused before the first statement
 */
export async function planRun(connection: Connection, options: PlanOptions): Promise<PlannedRun> {
  const { folder, runtime, allowed } = options
  const { comparison, history } = await inspect(connection, folder)
  for (const name of comparison.missingOnDisk) {
    logEvent(runtime.log, 'migration.missing', `${name} is applied but not on disk`, { migration: name })
  }
  const plan = await planDeploy(comparison, history, connection.target.schema, allowed)
  const repeatables = await planRepeatables(connection, folder.directory)
  const total = comparison.migrations.length
  const work = { comparison, plan, repeatables, total }
  if (isNothing(work)) return { ...work, plannedHooks: [], live: {} }
  const plannedHooks = options.hooks === undefined ? [] : await planHooks(folder.directory)
  return { ...work, plannedHooks, live: await requireOpenLiveGates(connection, work, options) }
}

export function isNothing({ plan, repeatables }: Pick<PlannedRun, 'plan' | 'repeatables'>): boolean {
  return plan.migrations.length === 0 && !plan.createsHistory && repeatables.changed.length === 0
}
