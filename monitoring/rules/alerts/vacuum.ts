import { max, promql, series, sum } from '../expression.ts'
import { CHECKPOINTS_REQUESTED_RATIO } from '../recordings.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Threshold, type Thresholds } from '../thresholds.ts'

const ages = (xid: number, mxid: number): Case => ({
  series: { 'pg_database_xid_age{datname="app"}': xid, 'pg_database_mxid_age{datname="app"}': mxid },
})

/** Both counters end after 2^31 (2147483648). */
const ageAbove = (threshold: Threshold) =>
  promql`${max(series('pg_database_xid_age'), 'datname')} / 2147483648 > ${threshold} or ${max(series('pg_database_mxid_age'), 'datname')} / 2147483648 > ${threshold}`

const freeze = (ratio: number): Case => ({
  series: { 'pg_autovacuum_freeze_max_age_ratio{datname="app"}': ratio },
})

const tuples = (dead: number, live: number): Case => ({
  series: {
    'pg_stat_user_tables_n_dead_tup{datname="app",schemaname="public",relname="a"}': dead,
    'pg_stat_user_tables_n_live_tup{datname="app",schemaname="public",relname="a"}': live,
  },
})

const due = (tables: number, running: number): Case => ({
  series: {
    'pg_autovacuum_tables_due{datname="app"}': tables,
    pg_autovacuum_workers_running: running,
    pg_autovacuum_workers_max: 3,
  },
})

const checkpoints = (requested: number, timed: number): Case => ({
  series: {
    pg_stat_checkpointer_num_requested_total: `0+${requested}x400`,
    pg_stat_checkpointer_num_timed_total: `0+${timed}x400`,
  },
})

const TABLE = ['datname', 'schemaname', 'relname'] as const

/** Transaction ids, dead rows and checkpoints. */
export const vacuum = (t: Thresholds): readonly Alert[] => {
  const dead = max(series('pg_stat_user_tables_n_dead_tup'), ...TABLE)
  const live = max(series('pg_stat_user_tables_n_live_tup'), ...TABLE)
  return [
    {
      name: 'PgXidWraparound',
      expression: ageAbove(t.wraparound),
      for: '5m',
      severity: 'warning',
      summary: `{{ $labels.datname }} has used ${percent(t.wraparound)} of its transaction ids.`,
      description:
        '{{ $value | humanizePercentage }} at {{ $labels.instance }}, of transactions or multixacts. Something keeps VACUUM from freezing: an old transaction, a slot, a prepared transaction.',
      proof: {
        fires: { ...ages(540_000_000, 0), labels: { datname: 'app' } },
        also: [ages(0, 540_000_000)],
        silent: [ages(2 ** 29, 2 ** 29)],
        noData: 'silent',
      },
    },
    {
      name: 'PgXidWraparoundCritical',
      expression: ageAbove(t.wraparoundCritical),
      for: '5m',
      severity: 'critical',
      summary: `{{ $labels.datname }} has used ${percent(t.wraparoundCritical)} of its transaction ids.`,
      description:
        '{{ $value | humanizePercentage }} at {{ $labels.instance }}; before 100 % the server refuses every write. Remove what holds back VACUUM, then VACUUM (FREEZE, INDEX_CLEANUP off) the oldest tables. Do not restart.',
      proof: {
        fires: { ...ages(1_080_000_000, 0), labels: { datname: 'app' } },
        also: [ages(0, 1_080_000_000)],
        silent: [ages(2 ** 30, 2 ** 30)],
        noData: 'silent',
      },
    },
    {
      name: 'PgFreezeOverdue',
      expression: promql`${max(series('pg_autovacuum_freeze_max_age_ratio'), 'datname')} > ${t.freezeOverdue}`,
      for: '1h',
      severity: 'warning',
      summary: 'Autovacuum does not keep up with freezing {{ $labels.datname }}.',
      description:
        'Its oldest transaction id at {{ $labels.instance }} is at {{ $value | humanizePercentage }} of autovacuum_freeze_max_age, where autovacuum should have acted.',
      proof: {
        fires: { ...freeze(1.11), labels: { datname: 'app' } },
        silent: [freeze(1.1)],
        noData: 'silent',
      },
    },
    {
      name: 'PgFreezeOverdueCritical',
      expression: promql`${max(series('pg_autovacuum_freeze_max_age_ratio'), 'datname')} > ${t.freezeOverdueCritical}`,
      for: '1h',
      severity: 'critical',
      summary: 'Autovacuum fails to freeze {{ $labels.datname }}.',
      description:
        '{{ $value | humanizePercentage }} of autovacuum_freeze_max_age at {{ $labels.instance }} for an hour: something holds it back.',
      proof: {
        fires: { ...freeze(1.26), labels: { datname: 'app' } },
        silent: [freeze(1.25)],
        noData: 'silent',
      },
    },
    {
      name: 'PgXminHorizonStuck',
      expression: promql`${max(series('pg_oldest_xmin_age'), 'source')} > ${t.xminAge}`,
      for: '30m',
      severity: 'warning',
      summary: 'VACUUM of {{ $labels.instance }} is held back.',
      description:
        'By a {{ $labels.source }} that is {{ $value | humanize }} transactions old: no row that died since can be removed.',
      proof: {
        fires: { series: { 'pg_oldest_xmin_age{source="slot"}': 51_000_000 }, labels: { source: 'slot' } },
        silent: [{ series: { 'pg_oldest_xmin_age{source="slot"}': 50_000_000 } }],
        noData: 'silent',
      },
    },
    {
      name: 'PgAutovacuumBehind',
      expression: promql`${sum(series('pg_autovacuum_tables_due'))} > ${t.autovacuumTablesDue} and ${max(series('pg_autovacuum_workers_running'))} >= ${max(series('pg_autovacuum_workers_max'))}`,
      for: '1h',
      severity: 'warning',
      summary: 'Autovacuum of {{ $labels.instance }} does not keep up.',
      description:
        '{{ $value }} tables are due and every worker is busy, for an hour. Raise autovacuum_vacuum_cost_limit before autovacuum_max_workers: the workers share it.',
      proof: { fires: due(11, 3), silent: [due(10, 3), due(11, 2)], noData: 'silent' },
    },
    {
      name: 'PgDeadTuples',
      expression: promql`${dead} / (${dead} + ${live}) > ${t.deadTuplesRatio} and ${dead} > ${t.deadTuplesLeast}`,
      for: '2h',
      severity: 'warning',
      summary: 'Much of {{ $labels.schemaname }}.{{ $labels.relname }} is dead rows.',
      description:
        '{{ $value | humanizePercentage }} of its rows in {{ $labels.datname }} at {{ $labels.instance }}, for two hours. Is autovacuum off for it, too slow, or held back?',
      proof: {
        fires: {
          ...tuples(10_100, 39_900),
          labels: { datname: 'app', schemaname: 'public', relname: 'a' },
        },
        silent: [tuples(10_000, 10_000), tuples(20_000, 80_000)],
        noData: 'silent',
      },
    },
    {
      name: 'PgCheckpointsRequested',
      expression: promql`${CHECKPOINTS_REQUESTED_RATIO} > ${t.checkpointsRequested}`,
      for: '30m',
      severity: 'warning',
      summary: 'Checkpoints of {{ $labels.instance }} come early.',
      description:
        '{{ $value | humanizePercentage }} of them because max_wal_size was reached, and not by the clock. Each one makes the next writes larger; raise max_wal_size.',
      proof: { fires: checkpoints(6, 5), silent: [checkpoints(5, 5)], noData: 'silent' },
    },
  ]
}
