import type { Clock } from '../../core/clock.ts'

/** A point in time that everything in one scrape has to end by. */
export interface Deadline {
  /** Milliseconds that are left; 0 when there are none. */
  leftMs(): number
}

export function deadlineIn(clock: Clock, ms: number): Deadline {
  const end = clock.monotonicMs() + ms
  return { leftMs: () => Math.max(0, end - clock.monotonicMs()) }
}

/** What Prometheus needs to receive the page within its own timeout, in milliseconds (sql_exporter takes the same). */
const TRANSFER_MS = 500
const LEAST_MS = 100

/**
 * How long a scrape may take, in milliseconds: our own bound, or the `X-Prometheus-Scrape-Timeout-Seconds` header less the
 * time for sending the page, where that is shorter. A header that is no positive number is passed over.
 */
export function scrapeBudgetMs(header: string | undefined, scrapeTimeoutMs: number): number {
  const seconds = Number(header)
  if (!header || !Number.isFinite(seconds) || seconds <= 0) return scrapeTimeoutMs
  return Math.min(scrapeTimeoutMs, Math.max(LEAST_MS, seconds * 1000 - TRANSFER_MS))
}
