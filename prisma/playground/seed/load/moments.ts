import { DAY_MS, REFERENCE_DATE } from '../database/reference-date.ts'

const SPAN_MS = 730 * DAY_MS

/** When row `index` of `count` came to be, in milliseconds: the two years before the reference date, in order, as a table grows. */
export function momentMs(index: number, count: number): number {
  return REFERENCE_DATE - SPAN_MS + Math.floor((SPAN_MS * index) / count)
}

/** The same as a timestamp without time zone, UTC. */
export function momentOf(index: number, count: number): string {
  return timestamp(momentMs(index, count))
}

export function timestamp(ms: number): string {
  return new Date(ms).toISOString()
}
