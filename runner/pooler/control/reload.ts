import { atEach, type FleetOptions, type FleetOutcome, notFollowed, withFleet } from './fleet.ts'

/** RELOAD at every process: ini, users and certificates are read anew. */
export function reloadPoolers(options: FleetOptions & { readonly dryRun: boolean }): Promise<FleetOutcome> {
  const { runtime, connectTimeoutMs, dryRun } = options
  const started = runtime.clock.monotonicMs()
  return withFleet(options, async ({ processes, unreachable }) => {
    const missing = unreachable.map(each => ({ ...each, state: 'failed' as const }))
    const done = dryRun
      ? processes.map(({ place }) => ({ pooler: place, state: 'planned' as const }))
      : await atEach(processes, pooler => pooler.command('RELOAD', connectTimeoutMs))
    const outcomes = [...done, ...missing]
    const durationMs = Math.round(runtime.clock.monotonicMs() - started)
    const error = notFollowed('RELOAD', outcomes, 'it goes on with what it had')
    return { command: 'RELOAD', outcomes, durationMs, error }
  })
}
