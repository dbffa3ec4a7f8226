import { Counter, type Registry } from 'prom-client'
import { counter } from '../exposition/metric.ts'
import { OTHER_ROUTE } from './request-path.ts'

/** What the exporter says of the requests it answered. */
export const HTTP_METRICS = {
  howdah_http_requests_total: counter(
    'Requests answered, by page and status code; `other` is every path there is no page for.',
    ['route', 'code'],
  ),
} as const

/**
 * Counts requests in this registry. What can be expected is there from the beginning, at 0: `increase()` does not see the
 * event a counter is born with.
 */
export function countRequests(
  register: Registry,
  { routes, guarded }: { readonly routes: Iterable<string>; readonly guarded: boolean },
): (route: string, code: number) => void {
  const name = 'howdah_http_requests_total'
  const { help, labels } = HTTP_METRICS[name]
  const requests = new Counter({ name, help, labelNames: labels, registers: [register] })
  for (const route of routes) for (const code of expected(route, guarded)) requests.inc({ route, code }, 0)
  for (const code of guarded ? ['401'] : ['404']) requests.inc({ route: OTHER_ROUTE, code }, 0)
  return (route, code) => requests.inc({ route, code: `${code}` })
}

function expected(route: string, guarded: boolean): readonly string[] {
  if (route === '/livez') return ['200']
  if (route === '/readyz') return ['200', '503']
  return guarded ? ['200', '401'] : ['200']
}
