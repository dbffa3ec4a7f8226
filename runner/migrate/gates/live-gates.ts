import type { Runtime } from '../../core/runtime.ts'
import type { Connection } from '../../postgres/connect.ts'
import { logEvent } from '../events.ts'
import type { Comparison } from '../history/compare.ts'
import type { Plan } from '../plan/plan.ts'
import type { RepeatablePlan } from '../plan/repeatable-plan.ts'
import { checkDisk, type DiskCheck, diskGate, unknownRoom } from './disk-gate.ts'
import type { ScriptPart } from './disk-need.ts'
import { checkDrift, type DriftCheck, driftGate } from './drift-gate.ts'
import { type AllowedGates, requireOpen } from './gates.ts'

/** What the live database was found like; what was let through was not looked at. */
export interface LiveChecks {
  readonly drift?: DriftCheck
  readonly disk?: DiskCheck
}

/**
 * The gates that take a look at the live database, for a run that has something to do. An empty database has neither drift
 * nor anything to rewrite.
 * @throws HowdahError gate-closed
 */
export async function requireOpenLiveGates(
  connection: Connection,
  work: { readonly plan: Plan; readonly repeatables: RepeatablePlan; readonly comparison: Comparison },
  options: {
    readonly allowed?: AllowedGates
    readonly freeDiskBytes?: number | undefined
    readonly runtime: Runtime
  },
): Promise<LiveChecks> {
  const { runtime, allowed = new Map(), freeDiskBytes } = options
  if (!work.plan.meetsOthers) return {}
  const drift = allowed.has('drift') ? undefined : await checkDrift(connection, work.comparison)
  if (drift) requireOpen(driftGate(drift), allowed)
  if (drift?.state === 'unchecked') {
    const { reason } = drift
    logEvent(runtime.log, 'drift.unchecked', `drift was not looked for: ${reason}`, { reason })
  }
  const disk = allowed.has('disk-space')
    ? undefined
    : await checkDisk(connection, partsOf(work.plan, work.repeatables), freeDiskBytes)
  if (disk) requireOpen(diskGate(disk), allowed)
  const unknown = disk && unknownRoom(disk)
  if (unknown) logEvent(runtime.log, 'disk.unknown', unknown, { neededBytes: disk.neededBytes })
  return { ...(drift ? { drift } : {}), ...(disk ? { disk } : {}) }
}

function partsOf(plan: Plan, repeatables: RepeatablePlan): ScriptPart[] {
  const migrations = plan.migrations.flatMap(({ steps }) =>
    steps.map(step => ({
      script: step.script,
      statements: step.scope === 'file' ? step.script.statements : [step.statement],
    })),
  )
  return [
    ...migrations,
    ...repeatables.changed.map(({ script }) => ({ script, statements: script.statements })),
  ]
}
