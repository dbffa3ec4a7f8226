import { formatCount, formatDuration } from '../../core/units.ts'

const DAY_SECONDS = 86_400

/** `3 d 4 h`, `2 h 5 min`, `12 s`: the two largest units, since nobody needs seconds of a duration in days. */
export function inWords(seconds: number): string {
  if (seconds < 60)
    return seconds < 10 && seconds % 1 !== 0 ? formatDuration(seconds * 1000) : `${Math.round(seconds)} s`
  const days = Math.floor(seconds / DAY_SECONDS)
  const whole = Math.round(seconds)
  const parts = [
    [days, 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ')
}

/** `12 s ago`. */
export const ago = (seconds: number): string =>
  seconds < 1 ? 'just now' : `${inWords(Math.round(seconds))} ago`

/** `80 %`; more exact only where that is what there is. */
export const asPercent = (ratio: number): string => `${Math.round(ratio * 1000) / 10} %`

/** `1,234`; `12.5` below a hundred. */
export const asNumber = (value: number): string =>
  value < 100 ? `${Math.round(value * 10) / 10}` : formatCount(Math.round(value))
