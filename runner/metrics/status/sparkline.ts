import { type Html, html } from './html.ts'

export interface Sparkline {
  /** What is shown: `Connections`. */
  readonly subject: string
  /** Oldest first; `null` is a gap. */
  readonly values: readonly (number | null)[]
  readonly away: readonly boolean[]
  /** The least that the full height stands for, so that a ripple does not look like a storm. */
  readonly least: number
  /** Drawn as a dashed line where it is within the height. */
  readonly limit?: number | undefined
  readonly say: (value: number) => string
  readonly stepSeconds: number
  /** The present value in words. */
  readonly now: string
}

const HEIGHT = 40
/** Room for half of the line's width, above and below. */
const EDGE = 1.5

/** The drawing, and the same in words below it. What was not measured is left empty; nothing is drawn from gap to gap. */
export function sparkline({ subject, values, away, least, limit, say, stepSeconds, now }: Sparkline): Html {
  const top = Math.max(least, ...values.map(value => value ?? 0))
  const y = (value: number) => round(HEIGHT - EDGE - (value / top) * (HEIGHT - 2 * EDGE))
  const runs = runsOf(values)
  const line = runs.map(run => stairs(run, y)).join('')
  const area = runs.map(run => `${stairs(run, y)}V${HEIGHT}H${run.from}Z`).join('')
  const absent = away.flatMap((is, at) => (is ? [`M${at} ${HEIGHT - 4}h1v4h-1z`] : [])).join('')
  const words = inWords(values, away, say, stepSeconds)
  return html`<svg class="spark" role="img" aria-label="${subject}: ${words}; now ${now}" viewBox="0 0 ${values.length} ${HEIGHT}" preserveAspectRatio="none">
<path class="axis" d="M0 ${HEIGHT - 0.5}H${values.length}"/>
<path class="area" d="${area}"/><path class="line" d="${line}"/>${
    limit !== undefined && limit <= top && html`<path class="limit" d="M0 ${y(limit)}H${values.length}"/>`
  }${absent !== '' && html`<path class="away" d="${absent}"/>`}
</svg>
<p class="quiet" aria-hidden="true">${words}</p>`
}

interface Run {
  readonly from: number
  readonly values: readonly number[]
}

function runsOf(values: readonly (number | null)[]): readonly Run[] {
  const runs: { from: number; values: number[] }[] = []
  values.forEach((value, at) => {
    if (value === null) return
    const last = runs.at(-1)
    if (last && last.from + last.values.length === at) last.values.push(value)
    else runs.push({ from: at, values: [value] })
  })
  return runs
}

/** Each step is level: between two measurements nobody knows. */
function stairs({ from, values }: Run, y: (value: number) => number): string {
  const steps = values.map(
    (value, at) => `${at === 0 ? `M${from} ${y(value)}` : `V${y(value)}`}H${from + at + 1}`,
  )
  return steps.join('')
}

function inWords(
  values: readonly (number | null)[],
  away: readonly boolean[],
  say: (value: number) => string,
  stepSeconds: number,
): string {
  const minutes = (steps: number) => Math.max(1, Math.round((steps * stepSeconds) / 60))
  const known = values.filter(value => value !== null)
  const gone = away.filter(is => is).length
  const tail = gone > 0 ? `; ${minutes(gone)} min away` : ''
  if (known.length === 0) return `nothing measured yet${tail}`
  const [lowest, highest] = [say(Math.min(...known)), say(Math.max(...known))]
  const span = lowest === highest ? highest : `${lowest} to ${highest}`
  const share = known.length === values.length ? '' : `, ${minutes(known.length)} of 60 min measured`
  return `${span}${share || ' in the last hour'}${tail}`
}

const round = (value: number) => Math.round(value * 100) / 100
