import type { Clock } from '../core/clock.ts'
import type { Connection } from '../postgres/connect.ts'

/** One question for the server's time. */
export interface RoundTrip {
  readonly durationMs: number
  /** The server's clock less ours, in milliseconds, if the answer was halfway when the server looked. */
  readonly skewMs: number
}

const SAMPLES = 5

/** Asks the server for its time a few times; the quickest first. */
export async function measureRoundTrips(
  connection: Connection,
  clock: Clock,
): Promise<[RoundTrip, ...RoundTrip[]]> {
  const measure = async (): Promise<RoundTrip> => {
    const wallMs = clock.now().getTime()
    const startMs = clock.monotonicMs()
    const { ms } = await connection.row<{ ms: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
    )
    const durationMs = clock.monotonicMs() - startMs
    return { durationMs, skewMs: ms - (wallMs + durationMs / 2) }
  }
  const trips: [RoundTrip, ...RoundTrip[]] = [await measure()]
  while (trips.length < SAMPLES) trips.push(await measure())
  return trips.sort((a, b) => a.durationMs - b.durationMs)
}
