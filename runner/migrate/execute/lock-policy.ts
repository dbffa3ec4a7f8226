import { HowdahError } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { poll } from '../../core/poll.ts'
import type { Runtime } from '../../core/runtime.ts'
import { type Blocker, describeBlocker } from '../../postgres/blockers.ts'
import { SQLSTATE, sqlstateOf } from '../../postgres/sqlstate.ts'
import { logEvent } from '../events.ts'
import type { Watcher } from './watcher.ts'

/** The bounds a migration keeps, in milliseconds, and what it may show. */
export interface MigrationLimits {
  /** The longest one attempt waits for a table lock. */
  readonly lockTimeoutMs: number
  readonly lockBudgetMs: number
  readonly statementTimeoutMs: number
  readonly runLockBudgetMs: number
  /** Whether the text of other sessions' queries may be shown. */
  readonly showQueries?: boolean
  /** Sessions idle in a transaction for this long that hold a migration up are ended; absent: none ever is. */
  readonly terminateBlockersAfterMs?: number | undefined
}

/**
 * How long each attempt waits for a lock, in milliseconds; the last one goes for all that follow. Short first: one attempt
 * blocks those that queue behind it (measured: 99 ms of added latency at 100 ms, 4505 ms without a bound). Longer later:
 * a busy table has no gap of 100 ms.
 */
const LADDER_MS = [100, 100, 200, 300, 500, 500, 1000, 1000, 2000] as const

function lockTimeoutOf(attempt: number, longestMs: number): number {
  return Math.min(longestMs, LADDER_MS[Math.min(attempt, LADDER_MS.length) - 1] ?? longestMs)
}

/** How an attempt of a transaction came to its lock, for the journal. */
export interface LockWait {
  readonly attempts: number
  /** From the first attempt's begin to the last one's, in milliseconds. */
  readonly waitedMs: number
  readonly blockers: readonly Blocker[]
}

/** The same, as the outcome of a step tells it. */
export function effortOf({ attempts, waitedMs, blockers }: LockWait) {
  return { attempts, lockWaitMs: waitedMs, blockers }
}

/** Errors after which a whole transaction may simply be tried again: nothing of it remains. */
const RETRIED: readonly (string | undefined)[] = [SQLSTATE.lockNotAvailable, SQLSTATE.deadlockDetected]

/**
 * Runs a transaction, again and again while a table lock cannot be had, within the budget and with no last, unbounded try.
 * `body` gets the attempt's number and its lock timeout.
 * @throws HowdahError migration-lock-timeout, naming whoever held the lock
 */
export async function withLockRetries(
  { clock, signal, log }: Runtime,
  { lockBudgetMs, lockTimeoutMs, terminateBlockersAfterMs }: MigrationLimits,
  watcher: Watcher,
  body: (attempt: number, timeoutMs: number, wait: () => LockWait) => Promise<void>,
): Promise<LockWait> {
  const started = clock.monotonicMs()
  let attempts = 0
  let blockers: readonly Blocker[] = []
  let last: HowdahError | undefined
  const wait = (): LockWait => ({ attempts, waitedMs: Math.round(clock.monotonicMs() - started), blockers })
  const done = await poll(
    async () => {
      attempts += 1
      const timeoutMs = lockTimeoutOf(attempts, lockTimeoutMs)
      const before = wait()
      try {
        await watcher.during(
          // In time for an answer while the attempt still waits.
          Math.max(10, timeoutMs * 0.4),
          () => body(attempts, timeoutMs, () => ({ ...before, blockers })),
          async seen => {
            blockers = seen
            await endIdleBlockers(watcher, seen, terminateBlockersAfterMs, log)
          },
        )
        return { ...before, blockers }
      } catch (error) {
        if (!(error instanceof HowdahError) || !RETRIED.includes(sqlstateOf(error.cause))) throw error
        last = error
        return undefined
      }
    },
    {
      clock,
      signal,
      budgetMs: lockBudgetMs,
      firstPauseMs: 250,
      maxPauseMs: 30_000,
      onWait: waitedMs => {
        const who = blockers.map(describeBlocker).join('; ')
        const sentence = `${last?.details.location}: no table lock in attempt ${attempts}${who && `, held up by ${who}`}`
        logEvent(log, 'migration.lock-wait', sentence, {
          attempts,
          waitedMs: Math.round(waitedMs),
          budgetMs: lockBudgetMs,
          blockers,
        })
      },
    },
  )
  if (done) return done
  const { waitedMs } = wait()
  const params = {
    location: String(last?.details.location),
    attempts,
    waitedMs,
    blockers: blockers.map(describeBlocker),
  }
  const details = { ...last?.details, attempts, waitedMs, blockers }
  throw new HowdahError('migration-lock-timeout', params, { cause: last?.cause, details })
}

/**
 * Ends sessions that do nothing in an open transaction and hold a migration up, where the user has asked for it. A session
 * that is working is never ended.
 */
async function endIdleBlockers(
  watcher: Watcher,
  blockers: readonly Blocker[],
  afterMs: number | undefined,
  log: Logger,
): Promise<void> {
  if (afterMs === undefined) return
  for (const blocker of blockers) {
    const idle =
      blocker.state?.startsWith('idle in transaction') && (blocker.transactionAgeMs ?? 0) >= afterMs
    if (!idle) continue
    const ended = await watcher.terminateIdle(blocker.pid)
    if (ended)
      logEvent(log, 'migration.blocker-ended', `ended ${describeBlocker(blocker)}`, { blockers: [blocker] })
  }
}
