import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedDashboards } from './dashboards/generated-dashboards.ts'
import { generatedRules } from './rules/generated-rules.ts'
import { readRunbookNames } from './runbooks.ts'

/** `npm run monitoring`: writes the rules as Prometheus reads them, and the dashboards as Grafana does. */
const root = join(import.meta.dirname, '..')
const files = { ...generatedRules(readRunbookNames(root)), ...generatedDashboards() }
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
