import { EXIT } from '../core/exit-codes.ts'
import { describeMetric, type MetricDescription } from '../metrics/metrics.ts'
import type { Verb } from './verb.ts'

export const metricsExplain: Verb = {
  path: ['metrics', 'explain'],
  argument: { name: '<name>', help: 'as it is on the page: pg_database_size_bytes' },
  summary: 'say what a metric means, its unit and labels, who collects it and how old it may be',
  settings: [],
  flags: [],
  examples: [
    { command: 'howdah metrics explain pg_database_size_bytes', meaning: 'In words.' },
    { command: 'howdah metrics explain pg_up --json', meaning: 'The same for a program.' },
  ],
  run: async ({ argument = '' }) => {
    const metric = describeMetric(argument)
    return { data: { metric }, text: explain(metric), exit: EXIT.done }
  },
}

function explain({
  name,
  help,
  type,
  unit,
  labels,
  collector,
  tier,
  refreshSeconds,
  maxSeries,
}: MetricDescription): string {
  const asked = refreshSeconds === 0 ? 'on every scrape' : `when its answer is ${refreshSeconds} s old`
  const facts = [
    ['type', type],
    ['unit', unit ?? 'not in the name'],
    ['labels', labels.join(', ') || 'none'],
    ['collector', collector ?? 'the exporter itself'],
    ...(collector === null
      ? []
      : [
          ['tier', `${tier}: asked ${asked}`],
          ...(maxSeries === null ? [] : [['series', `at most ${maxSeries} of its collector`]]),
        ]),
  ]
  return [name, `  ${help}`, '', ...facts.map(([what = '', fact]) => `  ${what.padEnd(9)}  ${fact}`)].join(
    '\n',
  )
}
