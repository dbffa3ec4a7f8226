import type { Clock } from '../../core/clock.ts'
import type { Answer, Route } from '../route.ts'
import { statusPage } from './page.ts'
import { contentSecurityPolicy } from './style.ts'
import type { Watch } from './watch.ts'

export interface StatusRouteOptions {
  readonly watches: readonly Watch[]
  readonly version: string
  readonly clock: Clock
}

/** A member may be added to the document without a new version; none is renamed, removed or given another meaning. */
export const STATUS_SCHEMA_VERSION = 1

/** `/` for people, `/status.json` with the same for programs. Both are 200 whatever the state of the database. */
export function statusRoutes({ watches, version, clock }: StatusRouteOptions): readonly [string, Route][] {
  const look = async () => {
    const servers = await Promise.all(watches.map(watch => watch.status()))
    return { servers, now: clock.now().getTime() / 1000 }
  }
  const page: Route = async ({ url = '' }) => {
    const refresh = new URLSearchParams(url.split('?')[1] ?? '').get('refresh') !== 'off'
    const body = statusPage({ version, refresh, ...(await look()) })
    return answer('text/html; charset=utf-8', body, contentSecurityPolicy())
  }
  const document: Route = async () => {
    const { servers, now } = await look()
    const data = { schemaVersion: STATUS_SCHEMA_VERSION, version, generatedAt: now, servers }
    return answer('application/json; charset=utf-8', `${JSON.stringify(data)}\n`)
  }
  return [
    ['/', page],
    ['/status.json', document],
  ]
}

const answer = (contentType: string, body: string, policy?: string): Answer => ({
  status: 200,
  contentType,
  body,
  ...(policy !== undefined && { contentSecurityPolicy: policy }),
})
