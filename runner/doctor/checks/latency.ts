import type { Check } from '../check.ts'
import { finding, ok } from '../finding.ts'
import { measureRoundTrips } from '../round-trips.ts'

/** Above this a migration of a thousand statements waits more than 20 s for the network alone. */
const SLOW_MS = 20

/** How long a statement is on its way. */
export const latency: Check = {
  key: 'latency',
  needs: 'connection',
  examine: async ({ connection, clock }) => {
    const trips = await measureRoundTrips(connection, clock)
    const fastest = trips[0].durationMs
    const slowest = Math.max(...trips.map(({ durationMs }) => durationMs))
    const sentence = `a round trip takes ${fastest.toFixed(1)} to ${slowest.toFixed(1)} ms (${trips.length} tried)`
    if (fastest < SLOW_MS) return [ok('latency.round-trip', sentence)]
    const next = 'Run Howdah nearer to the server: in the same region and network.'
    return [finding('latency.round-trip', 'note', sentence, next)]
  },
}
