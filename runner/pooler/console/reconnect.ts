import type { Clock } from '../../core/clock.ts'
import { poll } from '../../core/poll.ts'
import type { Secret } from '../../core/secret.ts'
import { explainError } from '../../postgres/explain.ts'
import type { Resolve } from './find-consoles.ts'
import { findProcesses } from './find-processes.ts'
import type { PoolerProcess } from './pooler-process.ts'

/** What came of telling one pooler that its server connections are out of date. */
export interface PoolerOutcome {
  /** `host:port` of its admin console, with the number of the process where several share it. */
  readonly pooler: string
  readonly state: 'told' | 'not-told'
  /** Server connections from before that clients still held when we stopped waiting; `null`: not known. */
  readonly closing: number | null
  readonly durationMs: number
  /** Why it was not told. */
  readonly reason: string | undefined
}

export interface ReconnectOptions {
  readonly connectTimeoutMs: number
  /** How long to wait for connections that clients hold, in milliseconds. */
  readonly drainMs: number
  readonly clock: Clock
  /** Ends the waiting, never the telling. */
  readonly signal: AbortSignal
  readonly resolve?: Resolve
}

/**
 * Tells every PgBouncer process to replace its server connections (RECONNECT), each when its client lets go of it: nobody is cut off. They
 * hold what a session keeps for its life: prepared statements, whose result type must not change (0A000), and the settings
 * of the role and the database. All databases, since a pool's name need not be that of the database behind it.
 * A pooler that cannot be told is an outcome, not an error.
 */
export async function reconnectPoolers(
  urls: readonly Secret[],
  options: ReconnectOptions,
): Promise<PoolerOutcome[]> {
  const { clock } = options
  const started = clock.monotonicMs()
  const since = () => Math.round(clock.monotonicMs() - started)
  const { processes, unreachable } = await findProcesses(urls, options, options.resolve)
  const told = await Promise.all(
    processes.map(async (pooler): Promise<PoolerOutcome> => {
      try {
        await pooler.command('RECONNECT', options.connectTimeoutMs)
        const closing = await drain(pooler, options)
        return { pooler: pooler.place, state: 'told', closing, durationMs: since(), reason: undefined }
      } catch (error) {
        const reason = explainError(error).message
        return { pooler: pooler.place, state: 'not-told', closing: null, durationMs: since(), reason }
      } finally {
        await pooler.close()
      }
    }),
  )
  const missed = unreachable.map(
    ({ pooler, reason }): PoolerOutcome => ({
      pooler,
      state: 'not-told',
      closing: null,
      durationMs: since(),
      reason,
    }),
  )
  return [...told, ...missed]
}

/** Waits until no server connection from before is left. @returns how many are; `null`: the console no longer says */
async function drain(pooler: PoolerProcess, options: ReconnectOptions): Promise<number | null> {
  const { clock, drainMs, signal, connectTimeoutMs } = options
  let closing: number | null = null
  try {
    await poll(
      async () => {
        const servers = await pooler.command<{ close_needed: number | string }>(
          'SHOW SERVERS',
          connectTimeoutMs,
        )
        closing = servers.filter(server => Number(server.close_needed) === 1).length
        return closing === 0 ? true : undefined
      },
      {
        clock,
        budgetMs: signal.aborted ? 0 : drainMs,
        firstPauseMs: 20,
        maxPauseMs: 500,
        signal: signal.aborted ? undefined : signal,
      },
    )
  } catch {
    // It was told; what it does about it is all that is not known.
  }
  return closing
}
