import { createRequire } from 'node:module'
import { HowdahError } from '../../core/errors.ts'
import { OLDEST_MAJOR } from '../../postgres/connect.ts'
import type { ServerFacts } from '../../postgres/server-facts.ts'
import type { Arrival, Check } from '../check.ts'
import { type Finding, finding, notChecked, ok } from '../finding.ts'

/** The newest major version the test suites run against. */
const NEWEST_MAJOR = 18
const OLDEST_NODE = 24

/** Whether server, runtime and driver are ones that Howdah is tested with. */
export const versions: Check = {
  key: 'versions',
  needs: 'nothing',
  examine: async (arrival: Arrival) => [
    arrival.failure ? notChecked('versions.server', 'there is no connection') : serverVersion(arrival.facts),
    nodeVersion(navigator.userAgent),
    ok('versions.driver', `the driver is node-postgres ${driverVersion()}`),
  ],
}

/** The finding for a server of this version. */
export function serverVersion({ version, major }: Pick<ServerFacts, 'version' | 'major'>): Finding {
  const key = 'versions.server'
  if (major < OLDEST_MAJOR) {
    const { message, hint } = new HowdahError('server-too-old', { version, minimum: OLDEST_MAJOR })
    return finding(key, 'problem', message, hint)
  }
  const sentence = `the server runs PostgreSQL ${version}`
  if (major <= NEWEST_MAJOR) return ok(key, sentence)
  const next = 'Look for a newer Howdah; until then try migrations on a copy first.'
  return finding(
    key,
    'note',
    `${sentence}, newer than any that Howdah was tested with (${NEWEST_MAJOR})`,
    next,
  )
}

/** The finding for this runtime. `userAgent` is `Node.js/24`: the global that tells the version without the process. */
export function nodeVersion(userAgent: string): Finding {
  const key = 'versions.node'
  const major = Number(/^Node\.js\/(\d+)/.exec(userAgent)?.[1])
  if (major >= OLDEST_NODE) return ok(key, `Howdah runs on Node ${major}`)
  const next = `Use Node ${OLDEST_NODE} or newer; \`npm start\` and \`npm test\` bring their own.`
  return finding(key, 'problem', `Howdah runs on ${userAgent}; it needs Node ${OLDEST_NODE} or newer`, next)
}

function driverVersion(): string {
  const manifest: { readonly version?: string } = createRequire(import.meta.url)('pg/package.json')
  return manifest.version ?? 'of unknown version'
}
