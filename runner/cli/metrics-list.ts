import { EXIT } from '../core/exit-codes.ts'
import { describeMetrics } from '../metrics/metrics.ts'
import type { Verb } from './verb.ts'

export const metricsList: Verb = {
  path: ['metrics', 'list'],
  summary: 'print every metric `serve` can have: type, collector and labels',
  description:
    'What the exporter collects, whatever database it will watch, and what prom-client tells of its own process (process_*,\n' +
    'nodejs_*; on Linux). No connection is made.',
  settings: [],
  flags: [],
  examples: [
    { command: 'howdah metrics list', meaning: 'One line a metric.' },
    {
      command: `howdah metrics list --json | jq -r '.metrics[] | select(.tier == "slow").name'`,
      meaning: 'Those that may be minutes old.',
    },
  ],
  run: async () => {
    const metrics = describeMetrics()
    const rows = metrics.map(({ name, type, collector, tier, labels }) => [
      name,
      type,
      collector ?? 'exporter',
      tier,
      labels.length > 0 ? `{${labels.join(', ')}}` : '',
    ])
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
    const lines = rows.map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    return { data: { metrics }, text: lines.join('\n'), exit: EXIT.done }
  },
}
