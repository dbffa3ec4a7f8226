import type { AlertGroup } from './alerts/registry.ts'
import type { RecordingRule } from './expression.ts'
import type { Alert } from './rule.ts'
import type { YamlValue } from './write-yaml.ts'

/** Where an alert's page lies, from the root of the repository: it has no address of its own yet to put before it. */
export const runbookPath = (alert: string) => `monitoring/runbooks/${alert}.md`

export interface RuleFileOptions {
  readonly groups: readonly AlertGroup[]
  readonly recordings: readonly RecordingRule[]
  /** The address of an alert's runbook; `undefined` where it has none. */
  readonly runbookUrl: (alert: string) => string | undefined
}

/** A rule file of Prometheus. Recordings come first, so that alerts see the values of the same evaluation. */
export function ruleFile({ groups, recordings, runbookUrl }: RuleFileOptions): { groups: YamlValue[] } {
  const recorded = {
    name: 'howdah-recordings',
    rules: recordings.map(({ record, expression }) => ({ record, expr: expression.text })),
  }
  const alerting = groups.map(({ name, alerts }) => ({
    name: `howdah-${name}`,
    rules: alerts.map(alert => alertRule(alert, runbookUrl(alert.name))),
  }))
  return { groups: [recorded, ...alerting].filter(({ rules }) => rules.length > 0) }
}

function alertRule(alert: Alert, runbook_url: string | undefined): YamlValue {
  const { name, expression, severity, summary, description } = alert
  return {
    alert: name,
    expr: expression.text,
    for: alert.for,
    labels: { severity },
    annotations: { summary, description, runbook_url },
  }
}

/** The same for the Prometheus operator in Kubernetes. */
export function prometheusRule(file: { groups: YamlValue[] }): YamlValue {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'howdah', labels: { 'app.kubernetes.io/name': 'howdah' } },
    spec: file,
  }
}
