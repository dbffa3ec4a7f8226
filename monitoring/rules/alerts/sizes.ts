import { max, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Thresholds } from '../thresholds.ts'

const sequence = (ratio: number): Case => ({
  series: { 'pg_sequence_used_ratio{datname="app",schemaname="public",sequencename="a_id_seq"}': ratio },
})
const SEQUENCE = { datname: 'app', schemaname: 'public', sequencename: 'a_id_seq' }

const unused = (bytes: number): Case => ({
  series: {
    'pg_index_unused_bytes{datname="app"}': bytes,
    'pg_database_size_bytes{datname="app"}': 1_000_000_000,
  },
})

/** What runs out, and what only costs. */
export const sizes = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgSequenceExhaustion',
    expression: promql`${max(series('pg_sequence_used_ratio'), 'datname', 'schemaname', 'sequencename')} > ${t.sequenceUsed}`,
    for: '30m',
    severity: 'warning',
    summary: `The sequence {{ $labels.schemaname }}.{{ $labels.sequencename }} is beyond ${percent(t.sequenceUsed)}.`,
    description:
      '{{ $value | humanizePercentage }} of what its column in {{ $labels.datname }} can hold ({{ $labels.instance }}). Plan the way to bigint now: it rewrites the table.',
    proof: { fires: { ...sequence(0.76), labels: SEQUENCE }, silent: [sequence(0.75)], noData: 'silent' },
  },
  {
    name: 'PgSequenceExhaustionCritical',
    expression: promql`${max(series('pg_sequence_used_ratio'), 'datname', 'schemaname', 'sequencename')} > ${t.sequenceUsedCritical}`,
    for: '30m',
    severity: 'critical',
    summary: `The sequence {{ $labels.schemaname }}.{{ $labels.sequencename }} is beyond ${percent(t.sequenceUsedCritical)}.`,
    description:
      '{{ $value | humanizePercentage }} of what its column in {{ $labels.datname }} can hold ({{ $labels.instance }}). At 100 % every insert fails.',
    proof: { fires: { ...sequence(0.91), labels: SEQUENCE }, silent: [sequence(0.9)], noData: 'silent' },
  },
  {
    name: 'PgSequenceUnreadable',
    expression: promql`${max(series('pg_sequence_unreadable_count'), 'datname')} > 0`,
    for: '1h',
    severity: 'warning',
    summary: 'Sequences of {{ $labels.datname }} cannot be watched.',
    description:
      'The role that monitors may not read {{ $value }} of them at {{ $labels.instance }}; pg_monitor is not enough. GRANT SELECT ON ALL SEQUENCES IN SCHEMA, and the same by ALTER DEFAULT PRIVILEGES.',
    proof: {
      fires: { series: { 'pg_sequence_unreadable_count{datname="app"}': 1 }, labels: { datname: 'app' } },
      silent: [{ series: { 'pg_sequence_unreadable_count{datname="app"}': 0 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgIndexInvalid',
    expression: promql`${max(series('pg_index_invalid'), 'datname', 'schemaname', 'relname', 'indexrelname')} == 1`,
    for: '1h',
    severity: 'warning',
    summary: 'The index {{ $labels.schemaname }}.{{ $labels.indexrelname }} is invalid.',
    description:
      'A concurrent build of {{ $labels.datname }} at {{ $labels.instance }} was cut off: every write maintains the index and no query uses it. `howdah migrate repair` rebuilds or drops it.',
    proof: {
      fires: {
        series: {
          'pg_index_invalid{datname="app",schemaname="public",relname="a",indexrelname="a_idx"}': 1,
        },
        labels: { datname: 'app', schemaname: 'public', relname: 'a', indexrelname: 'a_idx' },
      },
      silent: [
        {
          series: {
            'pg_index_invalid{datname="app",schemaname="public",relname="a",indexrelname="a_idx"}': 0,
          },
        },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgIndexUnusedLarge',
    expression: promql`${sum(series('pg_index_unused_bytes'), 'datname')} / ${max(series('pg_database_size_bytes'), 'datname')} > ${t.unusedIndexShare}`,
    for: '24h',
    severity: 'info',
    summary: 'Indexes of {{ $labels.datname }} that nobody uses take room.',
    description:
      '{{ $value | humanizePercentage }} of the database at {{ $labels.instance }}, and time on every write. Look at the replicas too before dropping one: they count their own scans.',
    proof: {
      fires: { ...unused(51_000_000), labels: { datname: 'app' } },
      silent: [unused(50_000_000), { series: { 'pg_index_unused_bytes{datname="app"}': 51_000_000 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgIndexDuplicate',
    expression: promql`${max(series('pg_index_duplicate_groups'), 'datname')} > 0`,
    for: '24h',
    severity: 'info',
    summary: '{{ $labels.datname }} has indexes twice.',
    description: 'Groups of equal indexes at {{ $labels.instance }}: {{ $value }}. One of each is enough.',
    proof: {
      fires: { series: { 'pg_index_duplicate_groups{datname="app"}': 1 }, labels: { datname: 'app' } },
      silent: [{ series: { 'pg_index_duplicate_groups{datname="app"}': 0 } }],
      noData: 'silent',
    },
  },
]
