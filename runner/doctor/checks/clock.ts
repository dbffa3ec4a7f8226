import { formatDuration } from '../../core/units.ts'
import type { Check } from '../check.ts'
import { type Finding, finding, ok } from '../finding.ts'
import { measureRoundTrips, type RoundTrip } from '../round-trips.ts'

/** From here on, times in our log and in the database's cannot be put side by side. */
const NOTICEABLE_MS = 1000
/** AWS refuses requests signed more than five minutes off: backups and IAM logins fail. */
const HARMFUL_MS = 300_000
/** `Date` counts whole milliseconds. */
const RESOLUTION_MS = 1

/** Whether the server's clock and ours agree. */
export const clock: Check = {
  key: 'clock',
  needs: 'connection',
  examine: async situation => {
    const [quickest] = await measureRoundTrips(situation.connection, situation.clock)
    return [clockFinding(quickest)]
  },
}

/** The finding for one measurement; the server may have looked at any moment of the round trip. */
export function clockFinding({ skewMs, durationMs }: RoundTrip): Finding {
  const key = 'clock.skew'
  const boundMs = durationMs / 2 + RESOLUTION_MS
  const certainMs = Math.abs(skewMs) - boundMs
  const direction = skewMs >= 0 ? 'ahead of' : 'behind'
  const uncertainty = `± ${boundMs.toFixed(1)} ms (half a round trip of ${durationMs.toFixed(1)} ms)`
  const sentence = `the server's clock is ${formatDuration(Math.abs(skewMs))} ${direction} this machine's, ${uncertainty}`
  const next =
    'Let both machines follow a time server (chrony, systemd-timesyncd): `timedatectl` shows whether they do.'
  if (certainMs >= HARMFUL_MS) return finding(key, 'problem', sentence, next)
  if (certainMs >= NOTICEABLE_MS) return finding(key, 'warning', sentence, next)
  return ok(key, sentence)
}
