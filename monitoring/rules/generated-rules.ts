import { dashboardPaths } from '../dashboards/dashboard-of-alert.ts'
import { alertGroups } from './alerts/registry.ts'
import type { Expression } from './expression.ts'
import { missingMetrics } from './missing-metrics.ts'
import { RECORDING_RULES } from './recordings.ts'
import { addressOfRunbook, prometheusRule, ruleFile } from './rule-file.ts'
import { writeYaml } from './write-yaml.ts'

const HEAD = '# Made by `npm run monitoring` from monitoring/rules/alerts/*.ts and recordings.ts.\n'

/**
 * The generated files, by their path from the root.
 * @param runbooks names of the alerts that have a page in `monitoring/runbooks`; no other gets an address.
 */
export function generatedRules(runbooks: ReadonlySet<string>): Readonly<Record<string, string>> {
  const ready = ({ expression }: { readonly expression: Expression }) =>
    missingMetrics(expression).length === 0
  const dashboards = dashboardPaths()
  const file = ruleFile({
    groups: alertGroups().map(({ name, alerts }) => ({ name, alerts: alerts.filter(ready) })),
    recordings: RECORDING_RULES.filter(ready),
    runbookUrl: alert => (runbooks.has(alert) ? addressOfRunbook(alert) : undefined),
    dashboardUrl: alert => dashboards.get(alert),
  })
  return {
    'monitoring/rules/howdah.yaml': HEAD + writeYaml(file),
    'monitoring/rules/prometheus-rule.yaml': HEAD + writeYaml(prometheusRule(file)),
  }
}
