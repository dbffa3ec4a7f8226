import { max, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Thresholds } from '../thresholds.ts'

const held = (locks: number): Case => ({
  series: {
    'pg_locks_count{datname="app",mode="accesssharelock"}': locks - 1,
    'pg_locks_count{datname="app",mode="rowexclusivelock"}': 1,
    pg_settings_max_locks_per_transaction: 64,
    pg_settings_max_connections: 100,
  },
})

const TABLE = { datname: 'app', schemaname: 'public', relname: 'a' }
const table = '{datname="app",schemaname="public",relname="a"}' as const

/** Times are before the beginning of the proof, which lasts an hour. */
const changed = (rows: number, live: number, times: Readonly<Record<string, number>> = {}): Case => ({
  series: {
    [`pg_stat_user_tables_n_mod_since_analyze${table}`]: rows,
    [`pg_stat_user_tables_n_live_tup${table}`]: live,
    ...Object.fromEntries(
      Object.entries(times).map(([what, time]) => [`pg_stat_user_tables_last_${what}${table}`, time]),
    ),
  },
})

const BY_TABLE = ['datname', 'schemaname', 'relname'] as const
const ofTable = (what: Parameters<typeof series>[0]) => max(series(what), ...BY_TABLE)
const ON_TABLE = { text: `on (job, instance, ${BY_TABLE.join(', ')})`, metrics: [] }

/** What goes wrong slowly. */
export const upkeep = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgLocksExhaustion',
    expression: promql`${sum(series('pg_locks_count'))} / (${max(series('pg_settings_max_locks_per_transaction'))} * ${max(series('pg_settings_max_connections'))}) > ${t.locksUsed}`,
    for: '5m',
    severity: 'warning',
    summary: `More than ${percent(t.locksUsed)} of the lock table of {{ $labels.instance }} is taken.`,
    description:
      '{{ $value | humanizePercentage }} of max_locks_per_transaction times max_connections. At the end every statement of everybody fails with "out of shared memory". Whoever reads a table of many partitions without saying which, or dumps, takes a lock on each.',
    proof: { fires: held(1281), silent: [held(1280)], noData: 'silent' },
  },
  {
    name: 'PgTableNotAnalyzed',
    expression: promql`${ofTable('pg_stat_user_tables_n_mod_since_analyze')} > ${t.changedRowsLeast} and ${ofTable('pg_stat_user_tables_n_mod_since_analyze')} / ${ofTable('pg_stat_user_tables_n_live_tup')} > ${t.changedRowsShare} unless ${ON_TABLE} time() - ${ofTable('pg_stat_user_tables_last_autoanalyze')} < ${t.analyzedSeconds} unless ${ON_TABLE} time() - ${ofTable('pg_stat_user_tables_last_analyze')} < ${t.analyzedSeconds}`,
    for: '1h',
    severity: 'info',
    summary: 'Statistics of {{ $labels.schemaname }}.{{ $labels.relname }} are old.',
    description: `{{ $value }} rows of it changed in {{ $labels.datname }} at {{ $labels.instance }}, and no ANALYZE in a week: the planner decides by what was true then. Is autovacuum off for it, or does it never come that far?`,
    proof: {
      fires: {
        ...changed(10_001, 50_000, { autoanalyze: -604_801, analyze: -700_000 }),
        labels: TABLE,
      },
      silent: [
        changed(10_000, 20_000),
        changed(20_000, 100_000),
        changed(90_000, 100_000, { autoanalyze: -600_000 }),
        changed(90_000, 100_000, { autoanalyze: -900_000, analyze: -600_000 }),
      ],
      noData: 'silent',
      also: [changed(10_001, 50_000)],
    },
  },
]
