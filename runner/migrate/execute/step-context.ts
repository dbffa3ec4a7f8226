import type { Runtime } from '../../core/runtime.ts'
import type { RecordedStep, StepEnd } from '../../ledger/step-records.ts'
import type { Blocker } from '../../postgres/blockers.ts'
import type { Connection } from '../../postgres/connect.ts'
import { type Step, stepKey } from '../plan/plan.ts'
import type { Script } from '../plan/script.ts'
import type { LockWait, MigrationLimits } from './lock-policy.ts'
import type { Watcher } from './watcher.ts'

/** What the steps of one run share. */
export interface StepContext {
  readonly connection: Connection
  readonly runtime: Runtime
  readonly limits: MigrationLimits
  readonly watcher: Watcher
  /** Whether there were tables before this run, which others may be using. */
  readonly meetsOthers: boolean
  /** Shows where a long step stands. */
  readonly show: (detail: string) => void
}

export interface StepResult {
  readonly state: 'applied' | 'skipped'
  readonly attempts: number
  readonly rows: number | null
  /** From the first attempt to the one that had its locks; absent where nothing was waited for. */
  readonly lockWaitMs?: number
  /** Sessions that held it up, as last seen. */
  readonly blockers?: readonly Blocker[]
}

export function recordOf(step: Step, runId: string): RecordedStep {
  const { checksum, summary } = step
  const completes = step.scope === 'statement' ? step.completes : undefined
  return { ...stepKey(step), runId, checksum, summary, completes }
}

/** The end of a step that went well, for the ledger. Query texts stay out of it. */
export function applied({ attempts, waitedMs, blockers }: LockWait, rows: number | null): StepEnd {
  return {
    state: 'applied',
    attempts,
    lockWaitMs: waitedMs,
    blockers: blockers.map(({ query, ...blocker }) => blocker),
    rows,
  }
}

/** The limits a file asks for in its head go before those of the run. */
export function limitsOf(
  { directives }: Pick<Script<string>, 'directives'>,
  limits: MigrationLimits,
): MigrationLimits {
  return {
    ...limits,
    lockTimeoutMs: directives.lockTimeoutMs ?? limits.lockTimeoutMs,
    statementTimeoutMs: directives.statementTimeoutMs ?? limits.statementTimeoutMs,
  }
}

/** The bounds of one attempt, as statements at the head of its transaction. */
export function bounds(lockTimeoutMs: number, { statementTimeoutMs }: MigrationLimits): string[] {
  return [`SET LOCAL lock_timeout = ${lockTimeoutMs}`, `SET LOCAL statement_timeout = ${statementTimeoutMs}`]
}
