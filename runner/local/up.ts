import { HowdahError } from '../core/errors.ts'
import { untilAborted } from '../core/interruption.ts'
import { withReleases } from '../core/release-stack.ts'
import { bringUp, type Platform } from './platform.ts'
import type { PlatformOptions } from './platform-options.ts'
import { prove } from './proof.ts'
import { reportUp, type UpReport } from './report.ts'

export interface UpOptions extends PlatformOptions {
  /** Bring everything up, prove it, and stop. */
  readonly once: boolean
  /** Called when everything is up, before it is kept running. */
  readonly onReady: (report: UpReport) => void
}

/**
 * Brings a platform up and keeps it until the signal aborts, or a server ends by itself; then stops everything in reverse
 * order. Stopping what was asked to run is no failure.
 * @returns the report of the proof
 * @throws HowdahError of any part, `server-ended`, and `interrupted` when the abort comes before everything is up
 */
export async function up(options: UpOptions): Promise<UpReport> {
  return withReleases(async releases => {
    const platform = await bringUp(options, releases)
    const checks = await prove(platform, options.config.connectTimeoutMs, options.runtime)
    const report = reportUp(platform, checks, options.cwd, !options.once)
    if (options.once || report.error) return report
    options.onReady(report)
    await untilStopped(platform, options)
    options.runtime.log.info('up.stopping', 'stopping')
    return report
  })
}

async function untilStopped({ parts }: Platform, { runtime }: UpOptions): Promise<void> {
  const ends = parts.flatMap(({ title, server }) =>
    server ? [server.ended.then(reason => ({ title, reason }))] : [],
  )
  const waiting = new AbortController()
  const wanted = untilAborted(AbortSignal.any([runtime.signal, waiting.signal]))
  const first = await Promise.race([wanted, ...ends])
  waiting.abort()
  if (first) throw new HowdahError('server-ended', { what: first.title, reason: first.reason })
}
