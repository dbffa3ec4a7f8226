/** As Prometheus writes it. */
export type Duration = `${number}${'s' | 'm' | 'h'}`

const SECONDS = { s: 1, m: 60, h: 3600 } as const

export function secondsOf(duration: Duration): number {
  const unit = duration.at(-1)
  if (unit !== 's' && unit !== 'm' && unit !== 'h') throw new TypeError(`no duration: ${duration}`)
  return Number(duration.slice(0, -1)) * SECONDS[unit]
}
