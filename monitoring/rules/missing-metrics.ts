import { cataloguedSeries } from '../../runner/names.ts'
import { type Expression, PROMETHEUS_SERIES } from './expression.ts'

/** Metrics of an expression that no collector has: a rule that asks for one would be silent for ever. */
export function missingMetrics({ metrics }: Expression): readonly string[] {
  const known = new Set<string>([...Object.keys(cataloguedSeries()), ...PROMETHEUS_SERIES])
  return metrics.filter(name => !known.has(name))
}
