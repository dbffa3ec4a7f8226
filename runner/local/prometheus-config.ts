import type { PlatformPart } from './parts.ts'

/** What Prometheus is to look at. */
export interface Watched {
  /** Metrics pages by the name their server goes by, as the label `instance`. */
  readonly pages: Readonly<Record<string, string>>
  /** `host:port` of Alertmanager; absent: alerts are shown and sent nowhere. */
  readonly alertmanager: string | undefined
}

/** Three times as often as `monitoring/prometheus.yml`: whoever tries something out wants to see it now, and pays for it alone. */
const INTERVAL = '5s'

/** The configuration of a Prometheus for this machine, as JSON, which is YAML too. Our rules lie beside it. */
export function prometheusConfig({ pages, alertmanager }: Watched): string {
  const config = {
    global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL, evaluation_interval: INTERVAL },
    rule_files: ['rules.yaml'],
    alerting: { alertmanagers: alertmanager ? [{ static_configs: [{ targets: [alertmanager] }] }] : [] },
    scrape_configs: [
      {
        job_name: 'howdah',
        static_configs: Object.entries(pages).map(([instance, page]) => ({
          targets: [new URL(page).host],
          labels: { instance },
        })),
      },
    ],
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

/** The metrics pages among the parts of a platform. */
export function pagesOf(parts: readonly PlatformPart[]): Watched['pages'] {
  const pages: Record<string, string> = {}
  for (const { name, url } of parts) {
    if (name === 'metrics') pages.primary = String(url)
    if (name === 'replicaMetrics') pages.replica = String(url)
  }
  return pages
}
