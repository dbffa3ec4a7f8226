import type { IncomingMessage } from 'node:http'
import type { Logger } from '../../core/log.ts'
import type { DatabaseOutcome } from '../collection/exporter-families.ts'
import type { Tier } from '../collector.ts'
import type { Route } from '../route.ts'
import { type FullAnswer, plain } from './answer.ts'
import type { Guard } from './http-server.ts'

/** The address of what can change something; a port forwarded by whoever may log in reaches it from elsewhere. */
export const ADMIN_HOST = '127.0.0.1'

/** What the routes ask of a monitor. */
export interface Administered {
  /** How the collectors ended in the last collection. */
  outcomes(): readonly DatabaseOutcome[]
  /** Has every collector asked anew by the next scrape. */
  askAnew(): void
}

export interface AdminOptions {
  readonly monitor: Administered
  readonly tiers: ReadonlyMap<string, Tier>
  readonly log: Logger
}

/** Why a collector fails is told here and in the log; on the page of metrics only that it does. */
export function adminPages({ monitor, tiers }: AdminOptions): ReadonlyMap<string, Route> {
  const collectors = async () => ({
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: `${JSON.stringify({ collectors: monitor.outcomes().map(shown(tiers)) }, undefined, 2)}\n`,
  })
  return new Map([['/-/collectors', collectors]])
}

export function adminActions({ monitor, log }: AdminOptions): ReadonlyMap<string, Route> {
  const refresh = async () => {
    monitor.askAnew()
    log.info('metrics.refresh', 'every collector is asked anew by the next scrape, as somebody demanded')
    return plain(200, 'every collector is asked anew by the next scrape')
  }
  return new Map([['/-/refresh', refresh]])
}

/**
 * Besides credentials, refuses what a web page makes a browser of this machine send: a request that names another host
 * (DNS rebinding), or comes from another site.
 */
export function localOnly(credentials: Guard): Guard {
  return {
    refusal: async (request: IncomingMessage, path: string): Promise<FullAnswer | undefined> => {
      const { host = '', origin, 'sec-fetch-site': site = 'none' } = request.headers
      const named = /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(host)
      if (!named || origin !== undefined || !['none', 'same-origin'].includes(`${site}`))
        return plain(403, 'only for tools on this machine, and not for pages in a browser')
      return credentials.refusal(request, path)
    },
  }
}

const shown = (tiers: ReadonlyMap<string, Tier>) => (outcome: DatabaseOutcome) => ({
  collector: outcome.name,
  // Empty for what is asked once a server.
  datname: outcome.datname,
  tier: tiers.get(outcome.name) ?? 'fast',
  success: outcome.failure === undefined,
  failure: outcome.failure ?? null,
  durationSeconds: outcome.durationMs / 1000,
  ageSeconds: (outcome.ageMs ?? 0) / 1000,
  series: outcome.families.reduce((sum, { samples }) => sum + samples.length, 0),
})
