import type { IncomingMessage } from 'node:http'
import type { Clock } from '../core/clock.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import { scrapeBudgetMs } from './collection/deadline.ts'
import type { Monitor } from './collection/monitor.ts'
import { render, TEXT_FORMAT } from './exposition/render.ts'
import type { PoolerMonitor } from './poolers/pooler-monitor.ts'
import type { RdsMonitor } from './rds/rds-monitor.ts'
import type { Answer, Route } from './route.ts'
import { statusRoutes } from './status/status-routes.ts'
import { Watch } from './status/watch.ts'

export interface RouteOptions {
  readonly monitor: Monitor
  readonly poolers: PoolerMonitor
  readonly rds: RdsMonitor
  /** The process's own metrics in the text format. */
  readonly processMetrics: () => Promise<string>
  readonly version: string
  readonly database: string
  readonly scrapeTimeoutMs: number
  readonly clock: Clock
}

/** A collection may run over its bound by the time a timer takes; this still leaves Prometheus 250 ms for the page. */
const SLACK_MS = 250

const text = (status: number, body: string): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

/** The pages by path. */
export function routes(options: RouteOptions): ReadonlyMap<string, Route> {
  const { monitor, poolers, database, scrapeTimeoutMs, clock } = options
  const watch = new Watch({
    name: database,
    scrape: budgetMs => monitor.scrape(budgetMs),
    scrapePoolers: budgetMs => poolers.scrape(budgetMs),
    scrapeTimeoutMs,
    clock,
  })
  return new Map<string, Route>([
    ...statusRoutes({ ...options, watches: [watch] }),
    ['/livez', async () => text(200, 'ok')],
    [
      '/readyz',
      async () => {
        const down = await monitor.check()
        return down ? text(503, `not ready: ${down.message}`) : text(200, 'ok')
      },
    ],
    ['/metrics', request => metrics(request, watch, options)],
  ])
}

/**
 * Always 200 whatever the state of the database: a failed scrape would also take away what is known without it. A scrape
 * that joined a longer one and may not wait for it gets no `pg_up` at all, since nobody knows yet.
 */
async function metrics(request: IncomingMessage, watch: Watch, options: RouteOptions): Promise<Answer> {
  const { rds, processMetrics, clock, scrapeTimeoutMs } = options
  const header = request.headers['x-prometheus-scrape-timeout-seconds']
  const budgetMs = scrapeBudgetMs(Array.isArray(header) ? header[0] : header, scrapeTimeoutMs)
  const [collection, ofPoolers, ofRds] = await Promise.all([
    within(clock, budgetMs + SLACK_MS, watch.scrape(budgetMs)),
    within(clock, budgetMs + SLACK_MS, watch.scrapePoolers(budgetMs)),
    rds.scrape(budgetMs),
  ])
  const known = collection === OUT_OF_TIME ? [] : collection.snapshot
  const database = render([...known, ...(ofPoolers === OUT_OF_TIME ? [] : ofPoolers), ...ofRds])
  return { status: 200, contentType: TEXT_FORMAT, body: `${database}${await processMetrics()}` }
}
