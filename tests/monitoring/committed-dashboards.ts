import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { ROOT } from '../architecture/source-files.ts'

/** Where the generated dashboards are, from the root. */
export const FOLDER = 'monitoring/grafana/dashboards'

export const committed = (path: string) => readFileSync(join(ROOT, path), 'utf8')

export const files = readdirSync(join(ROOT, FOLDER))

/** The dashboards as Grafana would read them. */
export const drawn = files.map(file => JSON.parse(committed(`${FOLDER}/${file}`)) as Dashboard)

/** A panel that shows something, and where it is. */
interface Shown {
  readonly where: string
  readonly panel: Panel
}

export const shown: readonly Shown[] = drawn.flatMap(({ uid, panels = [] }) =>
  panels.flatMap(panel =>
    panel.type === 'row' ? [] : [{ where: `${uid} / ${panel.title}`, panel: panel as Panel }],
  ),
)
