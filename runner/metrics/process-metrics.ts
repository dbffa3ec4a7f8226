import { collectDefaultMetrics, Registry } from 'prom-client'

/** Metrics of the exporter's own process (`process_*`, `nodejs_*`), as prom-client knows them. */
export function processMetrics(): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  return register
}
