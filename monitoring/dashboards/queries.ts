import { exactIncrease, type SeriesName, sum } from '../rules/expression.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { type Column, legendOf, line, ratio, stat, table, timeSeries } from './panel.ts'
import { perSecond, risen, selected } from './query.ts'

const QUERY = ['datname', 'queryid'] as const

/** What a query took within the time that is shown. */
const taken = (title: string, unit: Column['unit'], metric: SeriesName): Column => ({
  title,
  unit,
  expression: sum(risen(selected(metric)), ...QUERY),
})

/** The queries that lead by `first`, with the rest of what is known of them. */
const leading = (first: Column, others: readonly Column[]) =>
  table({
    title: `Queries by ${first.title.toLowerCase()}`,
    description:
      'Within the time that is shown, of the 50 queries measured singly. The text of a query never leaves the server: look up queryid in pg_stat_statements.',
    labels: ['instance', ...QUERY],
    columns: [first, ...others],
    sortedBy: first.title,
  })

const TIME = taken('Time', 'seconds', 'pg_stat_statements_seconds_total')
const CALLS = taken('Calls', 'count', 'pg_stat_statements_calls_total')
const READ = taken('Blocks read', 'count', 'pg_stat_statements_shared_blks_read_total')
const WAL = taken('WAL written', 'bytes', 'pg_stat_statements_wal_bytes_total')
const TEMPORARY = taken('Temporary blocks', 'count', 'pg_stat_statements_temp_blks_written_total')
const MEAN: Column = {
  title: 'Time per call',
  unit: 'seconds',
  expression: ratio(TIME.expression, CALLS.expression),
}

export const queries = (): Dashboard => ({
  uid: 'howdah-queries',
  title: 'Queries',
  description:
    'What statements take, by pg_stat_statements. Needs the extension; running ones are seen without it.',
  rows: [
    {
      title: 'Slow ones',
      panels: [
        timeSeries({
          title: 'Calls slower than a second, within five minutes',
          description: 'By the mean of what ran between two looks of the runner, of every query.',
          unit: 'count',
          lines: [
            {
              expression: sum(
                exactIncrease(selected('pg_stat_statements_slow_calls_total', 'threshold="1s"'), '5m'),
              ),
              legend: '{{instance}}',
            },
          ],
          limits: [{ alert: 'PgSlowQueries', at: 'slowQueries' }],
        }),
        timeSeries({
          title: 'Running for more than a second',
          description: 'At this moment, without maintenance, dumps and our own sessions.',
          unit: 'count',
          lines: [
            {
              expression: sum(selected('pg_stat_activity_slow_queries', 'threshold="1s"')),
              legend: '{{instance}}',
            },
          ],
          limits: [{ alert: 'PgSlowQueriesActive', at: 'slowQueriesActive' }],
        }),
        timeSeries({
          title: 'Longest running statement',
          description: 'It holds its locks and its snapshot until it ends.',
          unit: 'seconds',
          lines: [line('pg_stat_activity_max_query_seconds', 'datname')],
          limits: [
            { alert: 'PgQueryVeryLong', at: 'veryLongQuerySeconds' },
            { alert: 'PgQueryVeryLongCritical', at: 'veryLongQueryCriticalSeconds' },
          ],
        }),
        timeSeries({
          title: 'Time per call, all queries',
          description:
            'The mean over every statement; a rise without more calls is a server or a plan that changed.',
          unit: 'seconds',
          lines: [
            {
              expression: ratio(
                sum(perSecond(selected('pg_stat_statements_seconds_all_total')), 'datname'),
                sum(perSecond(selected('pg_stat_statements_calls_all_total')), 'datname'),
              ),
              legend: legendOf(['datname']),
            },
          ],
        }),
      ],
    },
    {
      title: 'Where the time goes',
      panels: [
        leading(TIME, [CALLS, MEAN, READ, WAL]),
        leading(CALLS, [TIME, MEAN]),
        { ...leading(READ, [TIME, CALLS]), width: 12 },
        { ...leading(TEMPORARY, [TIME, CALLS]), width: 12 },
        leading(WAL, [TIME, CALLS]),
      ],
    },
    {
      title: 'The extension itself',
      panels: [
        stat({
          title: 'Statements remembered',
          description: 'Of those it has room for. When it is full, it forgets 5 % at a time.',
          unit: 'ratio',
          lines: [
            {
              expression: ratio(
                line('pg_stat_statements_entries').expression,
                line('pg_stat_statements_max').expression,
              ),
              legend: '{{instance}}',
            },
          ],
        }),
        timeSeries({
          title: 'Times it made room, within an hour',
          description: 'What it forgets is missing above. Values written into the text of queries fill it.',
          unit: 'count',
          width: 16,
          lines: [
            {
              expression: sum(exactIncrease(selected('pg_stat_statements_dealloc_total'), '1h')),
              legend: '{{instance}}',
            },
          ],
          limits: [{ alert: 'PgStatementsEvicting', at: 'statementsEvicted' }],
        }),
      ],
    },
  ],
})
