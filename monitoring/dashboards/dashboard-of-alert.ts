import { readyRows } from './draw-dashboard.ts'
import { limitsOf } from './panel.ts'
import { dashboards } from './registry.ts'

/**
 * The path in Grafana of the dashboard that shows what an alert is about, by the alert; of several dashboards, the one on its
 * subject. An alert that no panel names has none.
 */
export function dashboardPaths(): ReadonlyMap<string, string> {
  const paths = new Map<string, string>()
  for (const dashboard of dashboards())
    for (const { alert } of readyRows(dashboard).flatMap(({ panels }) => panels.flatMap(limitsOf)))
      if (!paths.has(alert)) paths.set(alert, `/d/${dashboard.uid}`)
  return paths
}
