import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'
import { annotations } from '../../monitoring/dashboards/annotations.ts'
import { type Dashboard, drawDashboard } from '../../monitoring/dashboards/draw-dashboard.ts'

/** What Grafana puts in place of variables when everything is chosen, and the runner is scraped every three seconds. */
const CHOSEN: Readonly<Record<string, string>> = {
  $job: '.+',
  $instance: '.+',
  $datname: '.*',
  $pooler: '.*',
  $__rate_interval: '12s',
  $__range: '1m',
}

/** PromQL with a value for each variable; one that nobody knows stays, and does not parse. */
export const substituted = (text: string): string =>
  text.replace(/\$\w+/g, variable => CHOSEN[variable] ?? variable)

/** The panels of a dashboard as Grafana reads them, rows left out. */
export function panelsOf(dashboard: Dashboard): readonly Panel[] {
  const all = drawDashboard(dashboard).panels ?? []
  return all.filter((panel: Panel | RowPanel): panel is Panel => panel.type !== 'row')
}

/** An expression, and the panel it belongs to. */
export interface Asked {
  readonly where: string
  readonly text: string
}

/** Every expression a dashboard asks for, ready for Prometheus. */
export function askedBy(dashboard: Dashboard): readonly Asked[] {
  return panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
    targets.map(target => ({
      where: `${dashboard.uid} / ${title}`,
      text: substituted((target as Dataquery).expr),
    })),
  )
}

/** What is marked on every graph, ready for Prometheus. */
export const marksOf = () =>
  annotations().map(builder => {
    const { name, expr = '' } = builder.build()
    return { name, text: substituted(expr) }
  })
