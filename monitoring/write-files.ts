import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedDashboards } from './dashboards/generated-dashboards.ts'
import { alertGroups } from './rules/alerts/registry.ts'
import { generatedRules } from './rules/generated-rules.ts'
import { filledRunbooks, readRunbookNames } from './runbooks.ts'

/** `npm run monitoring`: writes the rules as Prometheus reads them, the dashboards as Grafana does, and the generated parts of the runbooks. */
const root = join(import.meta.dirname, '..')
const alerts = alertGroups().flatMap(group => group.alerts)
const files = {
  ...generatedRules(readRunbookNames(root)),
  ...generatedDashboards(),
  ...filledRunbooks(root, alerts),
}
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
