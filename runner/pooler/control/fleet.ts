import { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Secret } from '../../core/secret.ts'
import { explainError } from '../../postgres/explain.ts'
import type { Resolve } from '../console/find-consoles.ts'
import { type Found, findProcesses } from '../console/find-processes.ts'
import type { PoolerProcess } from '../console/pooler-process.ts'

export interface FleetOptions {
  readonly urls: readonly Secret[]
  readonly connectTimeoutMs: number
  readonly runtime: Runtime
  readonly resolve?: Resolve | undefined
}

/** What a command came to at one process. */
export interface ProcessOutcome {
  readonly pooler: string
  readonly state: 'done' | 'failed' | 'planned'
  readonly reason?: string
}

/** What a command came to at all of them. */
export interface FleetOutcome {
  readonly command: string
  readonly outcomes: readonly ProcessOutcome[]
  readonly durationMs: number
  readonly error: HowdahError | undefined
}

/** Runs `body` with sessions to every process there is, and closes them. @throws HowdahError pooler-console-missing */
export async function withFleet<T>(options: FleetOptions, body: (found: Found) => Promise<T>): Promise<T> {
  if (options.urls.length === 0) throw new HowdahError('pooler-console-missing', {})
  const { clock } = options.runtime
  const { connectTimeoutMs } = options
  const found = await findProcesses(options.urls, { connectTimeoutMs, clock }, options.resolve)
  try {
    return await body(found)
  } finally {
    await Promise.all(found.processes.map(pooler => pooler.close()))
  }
}

/** All of them or nobody: what cannot be reached cannot be held back either. @throws HowdahError pooler-unreachable */
export function requireAll({ processes, unreachable }: Found): readonly PoolerProcess[] {
  const [first] = unreachable
  if (!first) return processes
  const poolers = unreachable.map(({ pooler }) => pooler)
  throw new HowdahError('pooler-unreachable', { poolers, reason: first.reason }, { details: { unreachable } })
}

/** The same at every process at once; a failure at one is its outcome. */
export function atEach(
  processes: readonly PoolerProcess[],
  body: (pooler: PoolerProcess) => Promise<unknown>,
): Promise<ProcessOutcome[]> {
  return Promise.all(
    processes.map(async (pooler): Promise<ProcessOutcome> => {
      try {
        await body(pooler)
        return { pooler: pooler.place, state: 'done' }
      } catch (error) {
        return { pooler: pooler.place, state: 'failed', reason: explainError(error).message }
      }
    }),
  )
}

export const failedOf = (outcomes: readonly ProcessOutcome[]) =>
  outcomes.filter(({ state }) => state === 'failed')

/** The error of a command that some did not follow; `undefined` where all did. */
export function notFollowed(
  command: string,
  outcomes: readonly ProcessOutcome[],
  consequence: string,
): HowdahError | undefined {
  const failed = failedOf(outcomes)
  const [first] = failed
  if (!first) return undefined
  const poolers = failed.map(({ pooler }) => pooler)
  const reason = first.reason ?? 'no reason was given'
  return new HowdahError(
    'pooler-not-followed',
    { command, poolers, reason, consequence },
    { details: { outcomes } },
  )
}
