import { onTestFinished } from 'vitest'
import type { DatabaseFolder } from '../../runner/config/database-folder.ts'
import { systemClock } from '../../runner/core/clock.ts'
import { Secret } from '../../runner/core/secret.ts'
import { deadlineIn } from '../../runner/metrics/collection/deadline.ts'
import { runCollector } from '../../runner/metrics/collection/run-collector.ts'
import { Session } from '../../runner/metrics/collection/session.ts'
import type { CollectionFacts, Collector } from '../../runner/metrics/collector.ts'
import { readServerFacts } from '../../runner/postgres/server-facts.ts'
import type { Series } from './exposition.ts'
import { execute, query, type TestDatabase } from './postgres.ts'

/** What some collectors found, and why those failed that did. */
export interface Findings {
  readonly series: readonly Series[]
  readonly failures: Readonly<Record<string, string>>
}

/** Runs collectors as a scrape does, whatever their tier, over a session of their own. */
export async function ask(
  url: string,
  collectors: readonly Collector[],
  given: Pick<CollectionFacts, 'expectations'> & { readonly folder?: DatabaseFolder } = {},
): Promise<Findings> {
  const target = { url: new Secret(url), setting: 'databaseUrl' }
  const session = new Session(
    { ...target, applicationName: 'howdah/serve', connectTimeoutMs: 5000 },
    systemClock,
  )
  const deadline = deadlineIn(systemClock, 10_000)
  try {
    const { connection } = await session.acquire(deadline.leftMs())
    const facts = { ...(await readServerFacts(connection)), folder: undefined, ...given }
    const series: Series[] = []
    const failures: Record<string, string> = {}
    for (const collector of collectors) {
      if (collector.appliesTo && !collector.appliesTo(facts)) continue
      const outcome = await runCollector(collector, { session, facts, deadline, clock: systemClock })
      if (outcome.failure !== undefined) failures[outcome.name] = outcome.failure
      for (const { name, samples } of outcome.families)
        series.push(...samples.map(sample => ({ name, ...sample })))
    }
    return { series, failures }
  } finally {
    await session.close()
  }
}

/** What one collector finds by itself. @throws when it fails */
export async function collectWith(collector: Collector, url: string): Promise<readonly Series[]> {
  const { series, failures } = await ask(url, [collector])
  for (const failure of Object.values(failures)) throw new Error(failure)
  return series
}

/** The URL of a role that has nothing but `grants`, gone when the test ends. */
export async function roleWith(database: TestDatabase, ...grants: readonly string[]): Promise<string> {
  const role = `role_${database.name}_${grants.length}`
  await execute(
    database.adminUrl,
    `CREATE ROLE ${role} LOGIN PASSWORD 'x'`,
    ...grants.map(grant => `GRANT ${grant} TO ${role}`),
  )
  onTestFinished(() => execute(database.adminUrl, `DROP ROLE ${role}`))
  const url = new URL(database.url)
  url.username = role
  url.password = 'x'
  return url.href
}

/** Waits until a query's first row has a value that is true. */
export async function untilTrue(url: string, sql: string, values: readonly unknown[] = []): Promise<void> {
  for (;;) {
    const [row] = await query<Record<string, unknown>>(url, sql, values)
    if (row && Object.values(row)[0] === true) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
