import { exactIncrease, max, over, promql, series, sum } from '../expression.ts'
import { CACHE_HIT_RATIO, ROLLBACK_RATIO, TRANSACTIONS_RATE } from '../recordings.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Thresholds } from '../thresholds.ts'

/** Scraped every 25 s: no window of five minutes begins and ends with a scrape, as in life. */
const slowCalls = (values: string): Case => ({
  series: { 'pg_stat_statements_slow_calls_total{datname="app",threshold="1s"}': values },
  interval: '25s',
  from: '250s',
  at: '7m',
})

const slowActive = (app: number, other: number, threshold = '1s'): Case => ({
  series: {
    [`pg_stat_activity_slow_queries{datname="app",threshold="${threshold}"}`]: app,
    [`pg_stat_activity_slow_queries{datname="other",threshold="${threshold}"}`]: other,
  },
})

const longest = (seconds: number): Case => ({
  series: { 'pg_stat_activity_max_query_seconds{datname="app"}': seconds },
})

/** Per scrape of 15 s. */
const transactions = (commits: number, rollbacks: number): Case => ({
  series: {
    'pg_stat_database_xact_commit{datid="1",datname="app"}': `0+${commits}x200`,
    'pg_stat_database_xact_rollback{datid="1",datname="app"}': `0+${rollbacks}x200`,
  },
})

const blocks = (hit: number, read: number): Case => ({
  series: {
    'pg_stat_database_blks_hit{datid="1",datname="app"}': `0+${hit}x400`,
    'pg_stat_database_blks_read{datid="1",datname="app"}': `0+${read}x400`,
  },
  from: '15m',
  at: '50m',
})

/** `bytes` per second, at scrapes every 15 s. */
const temporary = (bytes: number): Case => ({
  series: { 'pg_stat_database_temp_bytes{datid="1",datname="app"}': `0+${bytes * 15}x200` },
  from: '15m',
  at: '35m',
})

const APP = { labels: { datname: 'app' } }

/** What queries take, and what they take it from. */
export const statements = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgSlowQueries',
    expression: promql`${sum(exactIncrease(series('pg_stat_statements_slow_calls_total', 'threshold="1s"'), '5m'))} > ${t.slowQueries}`,
    for: '1m',
    severity: 'warning',
    summary: 'Queries of {{ $labels.instance }} take longer than a second.',
    description:
      '{{ $value }} within five minutes, as pg_stat_statements counted. Its list by time tells which; pg_locks_max_wait_seconds whether they waited.',
    proof: {
      fires: slowCalls('0x9 11x40'),
      silent: [
        slowCalls('0x9 10x40'),
        { series: { 'pg_stat_statements_slow_calls_total{datname="app",threshold="10s"}': '0x9 90x40' } },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgSlowQueriesActive',
    expression: promql`${sum(series('pg_stat_activity_slow_queries', 'threshold="1s"'))} > ${t.slowQueriesActive}`,
    for: '1m',
    severity: 'warning',
    summary: 'Many queries of {{ $labels.instance }} have been running for more than a second.',
    description:
      '{{ $value }} at this moment. Do they wait for locks (pg_blocked_sessions), for the disk, or for each other?',
    proof: {
      fires: slowActive(6, 5),
      silent: [slowActive(5, 5), slowActive(50, 50, '10s')],
      noData: 'silent',
    },
  },
  {
    name: 'PgQueryVeryLong',
    expression: promql`${max(series('pg_stat_activity_max_query_seconds'), 'datname')} > ${t.veryLongQuerySeconds}`,
    for: '1m',
    severity: 'warning',
    summary: 'A query of {{ $labels.datname }} runs very long.',
    description: 'For {{ $value | humanizeDuration }} at {{ $labels.instance }}.',
    proof: { fires: { ...longest(1801), ...APP }, silent: [longest(1800)], noData: 'silent' },
  },
  {
    name: 'PgQueryVeryLongCritical',
    expression: promql`${max(series('pg_stat_activity_max_query_seconds'), 'datname')} > ${t.veryLongQueryCriticalSeconds}`,
    for: '1m',
    severity: 'critical',
    summary: 'A query of {{ $labels.datname }} does not end.',
    description:
      'For {{ $value | humanizeDuration }} at {{ $labels.instance }}. pg_cancel_backend first, pg_terminate_backend if it does not listen.',
    proof: { fires: { ...longest(3601), ...APP }, silent: [longest(3600)], noData: 'silent' },
  },
  {
    name: 'PgStatementsEvicting',
    expression: promql`${sum(exactIncrease(series('pg_stat_statements_dealloc_total'), '1h'))} > ${t.statementsEvicted}`,
    for: '1h',
    severity: 'info',
    summary: 'pg_stat_statements of {{ $labels.instance }} forgets.',
    description:
      'It made room {{ $value }} times in an hour, each time for 5 % of its entries. Raise pg_stat_statements.max, or find who puts values into the text of queries.',
    proof: {
      fires: { series: { pg_stat_statements_dealloc_total: '0+0.05x1000' }, at: '2h' },
      silent: [{ series: { pg_stat_statements_dealloc_total: '0+0.04x1000' }, at: '2h' }],
      noData: 'silent',
    },
  },
  {
    name: 'PgRollbackRatio',
    expression: promql`${ROLLBACK_RATIO} > ${t.rollbackRatio} and ${TRANSACTIONS_RATE} > ${t.rollbackLeastRate}`,
    for: '10m',
    severity: 'warning',
    summary: `More than ${percent(t.rollbackRatio)} of the transactions of {{ $labels.datname }} are rolled back.`,
    description:
      '{{ $value | humanizePercentage }} at {{ $labels.instance }}. The log of the server has the errors.',
    proof: {
      fires: { ...transactions(40, 5), ...APP },
      silent: [transactions(45, 5), transactions(7, 8), transactions(0, 0)],
      noData: 'silent',
    },
  },
  {
    name: 'PgCacheHitRatioLow',
    expression: promql`${CACHE_HIT_RATIO} < ${t.cacheHitRatio} and ${sum(promql`rate(${over(series('pg_stat_database_blks_read'), '15m')})`, 'datname')} > ${t.cacheLeastReads}`,
    for: '30m',
    severity: 'info',
    summary: 'Queries of {{ $labels.datname }} read much that is not in shared buffers.',
    description:
      '{{ $value | humanizePercentage }} was found there at {{ $labels.instance }}. A new sequential scan is the usual cause.',
    proof: {
      fires: { ...blocks(28_000, 1515), ...APP },
      silent: [blocks(30_400, 1600), blocks(10_000, 1500)],
      noData: 'silent',
    },
  },
  {
    name: 'PgTempFilesHigh',
    expression: promql`${sum(promql`rate(${over(series('pg_stat_database_temp_bytes'), '15m')})`, 'datname')} > ${t.temporaryBytes}`,
    for: '15m',
    severity: 'warning',
    summary: 'Queries of {{ $labels.datname }} write large temporary files.',
    description:
      '{{ $value | humanize1024 }}B a second at {{ $labels.instance }}. Sorts and hashes do not fit into work_mem; log_temp_files names the queries.',
    proof: { fires: { ...temporary(53_000_000), ...APP }, silent: [temporary(52_000_000)], noData: 'silent' },
  },
]
