import { expect, onTestFinished, test } from 'vitest'
import { PROCESS_METRICS, processMetrics } from './process-metrics.ts'

// Other systems tell less of a process: no file descriptors, no virtual memory.
test.skipIf(process.platform !== 'linux')(
  'the list of our own process is what prom-client gives (on Linux)',
  async () => {
    const register = processMetrics()
    onTestFinished(() => register.clear())
    const given = (await register.getMetricsAsJSON()).map(({ name, type, help }) => {
      const { labelNames } = register.getSingleMetric(name) as unknown as { labelNames: string[] }
      return [name, { type, help, labels: labelNames }]
    })
    expect(PROCESS_METRICS).toEqual(Object.fromEntries(given))
  },
)
