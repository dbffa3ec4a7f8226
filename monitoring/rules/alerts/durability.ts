import { exactIncrease, max, min, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Thresholds } from '../thresholds.ts'

const replicas = (streaming: number, expected: number): Case => ({
  series: {
    pg_replication_streaming_replicas: streaming,
    howdah_replication_expected_replicas: expected,
  },
})

const checksums = (values: string): Case => ({
  series: { 'pg_stat_database_checksum_failures_total{datname="app"}': values },
  at: '4m',
})

const slot = (safe: number): Case => ({
  series: {
    'pg_replication_slots_safe_wal_size_bytes{slot_name="s1",slot_type="logical",database="app"}': safe,
    pg_settings_max_slot_wal_keep_size_bytes: 10_000_000_000,
  },
})

/** Whether what was written survives: in the archive, on replicas, on the disk. */
export const durability = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgArchiveFailing',
    expression: promql`${max(exactIncrease(series('pg_stat_archiver_failed_count'), '10m'))} > 0 or ${max(series('pg_wal_archive_ready_count'))} > ${t.archiveReady}`,
    for: '10m',
    severity: 'critical',
    summary: 'WAL of {{ $labels.instance }} does not reach its archive.',
    description: `Attempts fail, or more than ${t.archiveReady.value} files wait. Backups cannot be restored to any moment since, and the files stay until the disk is full. The log of the server has what archive_command said.`,
    proof: {
      fires: { series: { pg_stat_archiver_failed_count: '0+1x60', pg_wal_archive_ready_count: 1 } },
      silent: [
        { series: { pg_stat_archiver_failed_count: 9, pg_wal_archive_ready_count: 100 } },
        // One that failed and succeeded when it was tried again.
        { series: { pg_stat_archiver_failed_count: '9x2 10x80' }, at: '15m' },
      ],
      noData: 'silent',
      also: [
        { series: { pg_stat_archiver_failed_count: 9, pg_wal_archive_ready_count: 101 } },
        { series: { pg_stat_archiver_failed_count: '0+1x60' } },
      ],
    },
  },
  {
    name: 'PgChecksumFailure',
    expression: promql`${sum(exactIncrease(series('pg_stat_database_checksum_failures_total'), '5m'), 'datname')} > 0`,
    for: '0s',
    severity: 'critical',
    summary: 'Pages of {{ $labels.datname }} are damaged on disk.',
    description:
      '{{ $value }} of them at {{ $labels.instance }} were read with a wrong checksum in five minutes. The log of the server names file and block. Fail over to a replica whose disk is another one, and find out what the disk says.',
    proof: {
      fires: { ...checksums('2x9 3x20'), labels: { datname: 'app' } },
      silent: [checksums('2x30')],
      noData: 'silent',
    },
  },
  {
    name: 'PgReplicaMissing',
    expression: promql`${max(series('howdah_replication_expected_replicas'))} > 0 unless on (job, instance) ${max(series('pg_replication_streaming_replicas'))} >= ${max(series('howdah_replication_expected_replicas'))}`,
    for: '5m',
    severity: 'critical',
    summary: 'A replica of {{ $labels.instance }} is missing.',
    description:
      'Fewer than {{ $value }} stream from it, or the role that monitors cannot see how many. What is missing neither serves reads nor can take over.',
    proof: {
      fires: replicas(1, 2),
      silent: [
        replicas(2, 2),
        replicas(3, 2),
        replicas(0, 0),
        { series: { pg_replication_streaming_replicas: 0 } },
      ],
      noData: 'silent',
      also: [{ series: { howdah_replication_expected_replicas: 1 } }],
    },
  },
  {
    name: 'PgSlotNearLoss',
    expression: promql`${min(series('pg_replication_slots_safe_wal_size_bytes'), 'slot_name')} / on (job, instance) group_left () ${max(series('pg_settings_max_slot_wal_keep_size_bytes'))} < ${t.slotSafeShare}`,
    for: '10m',
    severity: 'warning',
    summary: `The replication slot {{ $labels.slot_name }} has less than ${percent(t.slotSafeShare)} of its room left.`,
    description:
      '{{ $value | humanizePercentage }} of max_slot_wal_keep_size at {{ $labels.instance }}. At 0 % the slot is invalidated, and its consumer has to be built anew.',
    proof: {
      fires: { ...slot(1_990_000_000), labels: { slot_name: 's1' } },
      silent: [slot(2_000_000_000)],
      noData: 'silent',
    },
  },
]
