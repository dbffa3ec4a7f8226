import { RUNBOOK_BASE } from '../runbook-base.ts'
import type { AlertGroup } from './alerts/registry.ts'
import type { RecordingRule } from './expression.ts'
import type { Alert } from './rule.ts'
import type { YamlValue } from './write-yaml.ts'

/** What `runbook_url` says. */
export const addressOfRunbook = (alert: string) => `${RUNBOOK_BASE}${alert}.md`

export interface RuleFileOptions {
  readonly groups: readonly AlertGroup[]
  readonly recordings: readonly RecordingRule[]
  /** The address of an alert's runbook; `undefined` where it has none. */
  readonly runbookUrl: (alert: string) => string | undefined
  /** The path in Grafana of the dashboard that shows what it is about; absent: no alert has one. */
  readonly dashboardUrl?: (alert: string) => string | undefined
}

/**
 * A rule file of Prometheus. A recording stands before the alerts that use it, in the same group: groups are evaluated
 * independently of each other, and an alert in another one would see the value of the evaluation before.
 */
export function ruleFile({ groups, recordings, runbookUrl, dashboardUrl }: RuleFileOptions): {
  groups: YamlValue[]
} {
  const placed = new Set<RecordingRule>()
  const written = groups.map(({ name, alerts }) => {
    const used = recordingsFor(alerts, recordings).filter(recording => !placed.has(recording))
    for (const recording of used) placed.add(recording)
    return {
      name: `howdah-${name}`,
      rules: [
        ...used.map(({ record, expression }) => ({ record, expr: expression.text })),
        ...alerts.map(alert => alertRule(alert, runbookUrl(alert.name), dashboardUrl?.(alert.name))),
      ],
    }
  })
  return { groups: written.filter(({ rules }) => rules.length > 0) }
}

/** Recordings that some alerts need, those that others are made of included, in the given order. */
export function recordingsFor(
  alerts: readonly Alert[],
  recordings: readonly RecordingRule[],
): readonly RecordingRule[] {
  const needed = new Set<RecordingRule>()
  const texts = alerts.map(({ expression }) => expression.text)
  for (const recording of recordings.toReversed()) {
    if (!texts.some(text => text.includes(recording.record))) continue
    needed.add(recording)
    texts.push(recording.expression.text)
  }
  return recordings.filter(recording => needed.has(recording))
}

function alertRule(
  alert: Alert,
  runbook_url: string | undefined,
  dashboard_url: string | undefined,
): YamlValue {
  const { name, expression, severity, summary, description } = alert
  return {
    alert: name,
    expr: expression.text,
    for: alert.for,
    labels: { severity },
    annotations: { summary, description, runbook_url, dashboard_url },
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
