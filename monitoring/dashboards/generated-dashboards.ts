import { writeYaml } from '../rules/write-yaml.ts'
import { drawDashboard } from './draw-dashboard.ts'
import { dashboards } from './registry.ts'
import { DATASOURCE_UID } from './variables.ts'

const HEAD = '# Made by `npm run monitoring` from monitoring/dashboards.\n'

/** Where compose.yaml puts the dashboards into Grafana's container. */
export const DASHBOARDS_IN_GRAFANA = '/etc/howdah/dashboards'

/** The dashboards, and what tells Grafana of them and of Prometheus, by their path from the root. */
export function generatedDashboards(): Readonly<Record<string, string>> {
  const drawn = dashboards().map(dashboard => [
    `monitoring/grafana/dashboards/${dashboard.uid}.json`,
    `${JSON.stringify(drawDashboard(dashboard), null, 2)}\n`,
  ])
  return {
    ...Object.fromEntries(drawn),
    'monitoring/grafana/provisioning/datasources/prometheus.yaml': HEAD + writeYaml(DATASOURCES),
    'monitoring/grafana/provisioning/dashboards/howdah.yaml': HEAD + writeYaml(PROVIDERS),
  }
}

const DATASOURCES = {
  apiVersion: 1,
  datasources: [
    {
      name: 'Prometheus',
      uid: DATASOURCE_UID,
      type: 'prometheus',
      access: 'proxy',
      // Grafana takes it from its environment.
      url: '$PROMETHEUS_URL',
      isDefault: true,
      editable: false,
      // As long as between two scrapes: $__rate_interval is made of it.
      jsonData: { timeInterval: '15s', httpMethod: 'POST' },
    },
  ],
}

const PROVIDERS = {
  apiVersion: 1,
  providers: [
    {
      name: 'howdah',
      folder: 'Howdah',
      type: 'file',
      disableDeletion: true,
      allowUiUpdates: false,
      options: { path: DASHBOARDS_IN_GRAFANA },
    },
  ],
}
