import { readyRows } from './draw-dashboard.ts'
import { limitsOf } from './panel.ts'
import { dashboards } from './registry.ts'

/**
 * The path in Grafana of the dashboard that shows what an alert is about; of several the one on its subject.
 * `undefined` where no panel names the alert.
 */
export function dashboardPath(alert: string): string | undefined {
  const found = dashboards().find(dashboard =>
    readyRows(dashboard).some(({ panels }) =>
      panels.some(panel => limitsOf(panel).some(limit => limit.alert === alert)),
    ),
  )
  return found && `/d/${found.uid}`
}
