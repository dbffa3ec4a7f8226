import type { Snapshot } from './snapshot.ts'

/**
 * The text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). Written directly and not through
 * prom-client: the same samples take it five times as long, and its gauges keep the series of databases that are gone.
 */
export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8'

export function render(snapshot: Snapshot): string {
  const lines: string[] = []
  for (const { name, definition, samples } of snapshot) {
    lines.push(`# HELP ${name} ${escapeHelp(definition.help)}`, `# TYPE ${name} ${definition.type}`)
    for (const { labels, value, suffix = '' } of samples) {
      const names = suffix === '_bucket' ? [...definition.labels, 'le'] : definition.labels
      const pairs = names.map(label => `${label}="${escapeLabelValue(labels[label] ?? '')}"`)
      lines.push(`${name}${suffix}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${formatValue(value)}`)
    }
  }
  return lines.map(line => `${line}\n`).join('')
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** A lone surrogate is no character: as UTF-8 it would make the whole page unreadable to Prometheus. */
function escapeLabelValue(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return `${value}`
}
