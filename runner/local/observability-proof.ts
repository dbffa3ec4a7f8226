import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import { plural } from '../core/units.ts'
import type { Sight } from './check.ts'

/** Two intervals of scrapes and evaluations, and as long again for a machine that is busy. */
const BUDGET_MS = 20_000

interface Targets {
  readonly activeTargets: readonly {
    readonly health: string
    readonly lastError: string
    readonly labels: { readonly instance: string }
  }[]
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly health: string; readonly lastError?: string }[]
  }[]
}

/** Every page has been scraped, and every rule evaluated, without an error. */
export async function scrapesAndEvaluates(url: string, runtime: Runtime): Promise<Sight> {
  let seen = ''
  const ok = await settled(runtime, async () => {
    const [targets, rules] = await Promise.all([
      ask<{ data: Targets }>(`${url}/api/v1/targets?state=active`),
      ask<{ data: Rules }>(`${url}/api/v1/rules`),
    ])
    const pages = targets.data.activeTargets
    const every = rules.data.groups.flatMap(group => group.rules)
    const wrong = [
      ...pages
        .filter(({ health }) => health !== 'up')
        .map(page => `${page.labels.instance}: ${page.lastError || page.health}`),
      ...every
        .filter(({ health }) => health !== 'ok')
        .map(rule => rule.lastError || 'a rule not evaluated yet'),
    ]
    seen = wrong[0] ?? `${plural(pages.length, 'page')} scraped, ${plural(every.length, 'rule')} evaluated`
    return pages.length > 0 && every.length > 0 && wrong.length === 0
  })
  return { ok, seen }
}

/** The Watchdog, which always fires, has come all the way. */
export async function hearsTheWatchdog(url: string, runtime: Runtime): Promise<Sight> {
  const ok = await settled(runtime, async () => {
    const alerts = await ask<readonly unknown[]>(`${url}/api/v2/alerts?filter=alertname%3D%22Watchdog%22`)
    return alerts.length > 0
  })
  return { ok, seen: ok ? 'heard the Watchdog' : `heard no Watchdog within ${BUDGET_MS / 1000} s` }
}

async function settled({ clock, signal }: Runtime, look: () => Promise<boolean>): Promise<boolean> {
  const attempt = async () => (await look()) || undefined
  const options = { clock, signal, budgetMs: BUDGET_MS, firstPauseMs: 100, maxPauseMs: 1000 }
  return (await poll(attempt, options)) ?? false
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return (await response.json()) as T
}
