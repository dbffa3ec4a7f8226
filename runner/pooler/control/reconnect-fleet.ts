import { reconnectPoolers } from '../console/reconnect.ts'
import { type FleetOptions, type FleetOutcome, notFollowed, withFleet } from './fleet.ts'

/** RECONNECT at every process. @throws HowdahError pooler-console-missing */
export async function reconnectFleet(
  options: FleetOptions & { readonly dryRun: boolean; readonly drainMs: number },
): Promise<FleetOutcome> {
  const { runtime, urls, connectTimeoutMs, drainMs, dryRun, resolve } = options
  const { clock, signal } = runtime
  const started = clock.monotonicMs()
  const planned = await withFleet(options, async ({ processes, unreachable }) => [
    ...processes.map(({ place }) => ({ pooler: place, state: 'planned' as const })),
    ...unreachable.map(each => ({ ...each, state: 'failed' as const })),
  ])
  const told = dryRun
    ? planned
    : (
        await reconnectPoolers(urls, {
          connectTimeoutMs,
          drainMs,
          clock,
          signal,
          ...(resolve ? { resolve } : {}),
        })
      ).map(({ pooler, state, reason }) => ({
        pooler,
        state: state === 'told' ? ('done' as const) : ('failed' as const),
        ...(reason === undefined ? {} : { reason }),
      }))
  const durationMs = Math.round(clock.monotonicMs() - started)
  const error = notFollowed(
    'RECONNECT',
    told,
    'its clients may fail with "cached plan must not change result type"',
  )
  return { command: 'RECONNECT', outcomes: told, durationMs, error }
}
