import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Dashboard as DrawnDashboard,
  type Panel as DrawnPanel,
  RowBuilder,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { annotations } from './annotations.ts'
import { drawPanel } from './draw-panel.ts'
import { expressionsOf, type Panel, readyPart } from './panel.ts'
import { variables } from './variables.ts'

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  /** Part of its address, and never changed. */
  readonly uid: `howdah-${string}`
  readonly title: string
  readonly description: string
  readonly rows: readonly Row[]
}

const TAG = 'howdah'
const COLUMNS = 24
const HEIGHTS = { 'time-series': 8, stat: 4, history: 8, table: 10 } as const

/** What is drawn of a dashboard: without panels and columns whose metrics no collector has yet. */
export function readyRows({ rows }: Dashboard): readonly Row[] {
  return rows
    .map(({ title, panels }) => ({ title, panels: panels.flatMap(panel => readyPart(panel) ?? []) }))
    .filter(({ panels }) => panels.length > 0)
}

/** The dashboard as Grafana reads it. */
export function drawDashboard(dashboard: Dashboard): DrawnDashboard {
  const rows = readyRows(dashboard)
  const asked = rows.flatMap(({ panels }) => panels.flatMap(expressionsOf)).map(({ text }) => text)
  const drawn = new DashboardBuilder(`Howdah / ${dashboard.title}`)
    .uid(dashboard.uid)
    .description(dashboard.description)
    .tags([TAG])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(variables(asked))
    .annotations(annotations())
    .link(
      new DashboardLinkBuilder('Howdah')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    )
    .build()
  // The SDK hides links and marks in a menu by default; Grafana shows them where no place is given.
  const links = (drawn.links ?? []).map(({ placement: _, ...link }) => link)
  const list = (drawn.annotations?.list ?? []).map(({ placement: _, ...mark }) => mark)
  return { ...drawn, links, annotations: { list }, panels: layOut(rows) }
}

/** From left to right, a new line where the next one has no room; ids count from 1. */
function layOut(rows: readonly Row[]): (DrawnPanel | RowPanel)[] {
  const drawn: (DrawnPanel | RowPanel)[] = []
  let y = 0
  for (const { title, panels } of rows) {
    const head = new RowBuilder(title).gridPos({ x: 0, y, w: COLUMNS, h: 1 })
    drawn.push(head.id(drawn.length + 1).build())
    y += 1
    let [x, tallest] = [0, 0]
    for (const panel of panels) {
      const w =
        panel.width ??
        (panel.kind === 'table' || panel.kind === 'history' ? COLUMNS : panel.kind === 'stat' ? 4 : 12)
      const h = HEIGHTS[panel.kind]
      if (x + w > COLUMNS) {
        y += tallest
        x = 0
        tallest = 0
      }
      drawn.push(drawPanel(panel, drawn.length + 1, { x, y, w, h }))
      x += w
      tallest = Math.max(tallest, h)
    }
    y += tallest
  }
  return drawn
}
