import { onTestFinished } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { Secret } from '../../runner/core/secret.ts'
import type { Collector } from '../../runner/metrics/collector.ts'
import { deadlineIn } from '../../runner/metrics/deadline.ts'
import { render } from '../../runner/metrics/render.ts'
import { runCollector } from '../../runner/metrics/run-collector.ts'
import { Session } from '../../runner/metrics/session.ts'
import { readServerFacts } from '../../runner/postgres/server-facts.ts'
import { parseExposition, type Series } from './exposition.ts'

/** What one collector finds by itself, under the bounds it has in a scrape, never from a cache. @throws when it fails */
export async function collectWith(collector: Collector, url: string): Promise<Series[]> {
  const clock = systemClock
  const session = new Session(
    { url: new Secret(url), setting: 'databaseUrl', connectTimeoutMs: 5000, applicationName: 'howdah/serve' },
    clock,
  )
  onTestFinished(() => session.close())
  const { connection } = await session.acquire(5000)
  const facts = { ...(await readServerFacts(connection)), folder: undefined }
  const { families, failure } = await runCollector(collector, {
    session,
    facts,
    deadline: deadlineIn(clock, 5000),
    clock,
  })
  await session.close()
  if (failure !== undefined) throw new Error(failure)
  return parseExposition(render(families))
}
