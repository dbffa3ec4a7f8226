import { platform } from 'node:process'
import { expect, test } from 'vitest'
import { PROCESS_METRICS, processMetrics } from './process-metrics.ts'

test.skipIf(platform !== 'linux')(
  'the table has every metric prom-client gives of a process, with its type and labels, and no other (needs Linux)',
  async () => {
    const register = processMetrics()
    // Collections of garbage are observed as they happen, and their label is there from the first one on.
    const metrics = await register.getMetricsAsJSON()
    const types = Object.fromEntries(metrics.map(({ name, type }) => [name, `${type}`]))
    expect(types).toEqual(
      Object.fromEntries(Object.entries(PROCESS_METRICS).map(([name, { type }]) => [name, type])),
    )
    for (const [name, { labels }] of Object.entries(PROCESS_METRICS)) {
      const single = register.getSingleMetric(name) as unknown as { readonly labelNames: readonly string[] }
      expect([name, [...single.labelNames].sort()]).toEqual([name, [...labels].sort()])
    }
    register.clear()
  },
)
