import { exactIncrease, max, over, promql, type SeriesName, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Thresholds } from '../thresholds.ts'

const SHOP = { cluster: 'shop', type: 'logical' }
const KIND = '{cluster="shop",type="logical"}'

const of = (name: SeriesName) => max(series(name), 'cluster', 'type')
const ofCluster = (name: SeriesName) => max(series(name), 'cluster')

/** A moment so many seconds before a proof looks, one minute after the beginning of time. */
const ago = (seconds: number) => 60 - seconds

const EXPECTED = of('howdah_backup_expected')
const MAX_AGE = of('howdah_backup_max_age_seconds')
const LAST_SUCCESS = of('howdah_backup_last_success_timestamp_seconds')
const LAST_VERIFIED = of('howdah_backup_last_verified_timestamp_seconds')
/** On record, or as Amazon has it, whose instances are clusters here. */
const AT_AMAZON = promql`label_replace(${series('rds_backup_retention_period_seconds')}, "cluster", "$1", "dbidentifier", "(.+)")`
const RETENTION = promql`(${ofCluster('howdah_backup_retention_seconds')} or ${max(AT_AMAZON, 'cluster')})`
const REQUIRED = ofCluster('howdah_backup_retention_required_seconds')
const SIZE = series('howdah_backup_last_size_bytes')

const failures = (values: string): Case => ({
  series: {
    [`howdah_backup_failures_total${KIND}` as const]: values,
    [`howdah_backup_last_status${KIND}` as const]: 1,
  },
  at: '10m',
})

const succeeded = (secondsAgo: number, maxAge?: number, type = 'logical'): Case => ({
  series: {
    [`howdah_backup_last_success_timestamp_seconds{cluster="shop",type="${type}"}` as const]: ago(secondsAgo),
    ...(maxAge === undefined
      ? {}
      : { [`howdah_backup_max_age_seconds{cluster="shop",type="${type}"}` as const]: maxAge }),
  },
})

const size = (last: number): Case => ({
  series: { [`howdah_backup_last_size_bytes${KIND}` as const]: `1000x98 ${last} ${last}x20` },
  at: '200m',
  interval: '2m',
})

const retention = (kept: number | undefined, required: number): Case => ({
  series: {
    ...(kept === undefined ? {} : { 'howdah_backup_retention_seconds{cluster="shop"}': kept }),
    'howdah_backup_retention_required_seconds{cluster="shop"}': required,
  },
})

const atAmazon = (kept: number, required: number): Case => ({
  series: {
    'rds_backup_retention_period_seconds{dbidentifier="shop"}': kept,
    'howdah_backup_retention_required_seconds{cluster="shop"}': required,
  },
})

/** Backups on record, and those that should be. A rule here never rests on one exporter's memory. */
export const backups = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgBackupFailed',
    expression: promql`${sum(exactIncrease(series('howdah_backup_failures_total'), '15m'), 'cluster', 'type')} > 0 or ${of('howdah_backup_last_status')} == 0`,
    for: '0s',
    severity: 'critical',
    summary: 'A backup of {{ $labels.cluster }} ({{ $labels.type }}) has failed, or was killed.',
    description:
      'The newest one on record at {{ $labels.instance }} is no good one, or one failed within 15 minutes. Its log says why, and howdah.backup has the code. Take another before anything else.',
    proof: {
      fires: { series: { [`howdah_backup_last_status${KIND}` as const]: 0 }, labels: SHOP },
      also: [failures('3x37 4x20')],
      silent: [
        { series: { [`howdah_backup_last_status${KIND}` as const]: 1 } },
        failures('4x60'),
        { series: { [`howdah_backup_failures_total${KIND}` as const]: 4 } },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgBackupStale',
    expression: promql`time() - ${LAST_SUCCESS} > ${MAX_AGE} or time() - ${max(series('howdah_backup_last_success_timestamp_seconds', 'type="logical"'), 'cluster', 'type')} > ${t.backupAgeSeconds} unless ${MAX_AGE}`,
    for: '0s',
    severity: 'critical',
    summary: 'The newest backup of {{ $labels.cluster }} ({{ $labels.type }}) is too old.',
    description:
      'It ended {{ $value | humanizeDuration }} ago ({{ $labels.instance }}). Look whether the schedule runs and what the last attempt said; take one by hand meanwhile.',
    proof: {
      fires: { ...succeeded(26 * 3600 + 1), labels: SHOP },
      also: [succeeded(3601, 3600)],
      silent: [
        succeeded(26 * 3600),
        succeeded(3600, 3600),
        succeeded(100 * 3600, 200 * 3600),
        succeeded(1000 * 3600, undefined, 'cross_region'),
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgBackupNeverSeen',
    expression: promql`${EXPECTED} == 1 unless ${LAST_SUCCESS}`,
    for: '15m',
    severity: 'critical',
    summary: 'There is no backup of {{ $labels.cluster }} ({{ $labels.type }}).',
    description:
      'It is expected at {{ $labels.instance }} and no good one is on record: none was ever taken, the record is gone, or it cannot be read (then the collector backups fails).',
    proof: {
      fires: {
        series: {
          [`howdah_backup_expected${KIND}` as const]: 1,
          // Another one's, and attempts without success, are no backups of it.
          'howdah_backup_last_success_timestamp_seconds{cluster="shop",type="rds_auto"}': 1,
          [`howdah_backup_failures_total${KIND}` as const]: 0,
        },
        labels: SHOP,
      },
      silent: [
        {
          series: {
            [`howdah_backup_expected${KIND}` as const]: 1,
            [`howdah_backup_last_success_timestamp_seconds${KIND}` as const]: 1,
          },
        },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgBackupSizeAnomaly',
    expression: promql`${max(SIZE, 'cluster', 'type')} / ${max(promql`avg_over_time(${over(SIZE, '168h')})`, 'cluster', 'type')} < ${t.backupShrunk}`,
    for: '0s',
    severity: 'warning',
    summary: `A backup of {{ $labels.cluster }} ({{ $labels.type }}) is below ${percent(t.backupShrunk)} of its usual size.`,
    description:
      '{{ $value | humanizePercentage }} of the mean of seven days ({{ $labels.instance }}). Was something deleted, or is something left out? Verify it before older ones go.',
    proof: { fires: { ...size(480), labels: SHOP }, silent: [size(520)], noData: 'silent' },
  },
  {
    name: 'PgBackupRetentionShort',
    expression: promql`${RETENTION} < ${REQUIRED} or ${REQUIRED} > 0 unless ${RETENTION}`,
    for: '1h',
    severity: 'critical',
    summary: 'Backups of {{ $labels.cluster }} are not kept as long as they have to be.',
    description:
      'The newest one at {{ $labels.instance }} is kept for less than `backupRetention` asks, or nobody said for how long. Change the retention of the store before older ones go.',
    proof: {
      fires: { ...retention(86_399, 86_400), labels: { cluster: 'shop' } },
      also: [retention(undefined, 86_400), atAmazon(86_399, 86_400)],
      silent: [
        atAmazon(86_400, 86_400),
        retention(86_400, 86_400),
        { series: { 'howdah_backup_retention_seconds{cluster="shop"}': 1 } },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgBackupUnverified',
    expression: promql`time() - ${LAST_VERIFIED} > ${t.verificationAgeSeconds} or ${LAST_SUCCESS} > 0 unless ${LAST_VERIFIED}`,
    for: '0s',
    severity: 'warning',
    summary: 'Nobody knows whether backups of {{ $labels.cluster }} ({{ $labels.type }}) can be restored.',
    description:
      'None was restored and compared within eight days, or ever ({{ $labels.instance }}). Restore the newest into an empty database, and look why the schedule did not.',
    proof: {
      fires: {
        series: {
          [`howdah_backup_last_verified_timestamp_seconds${KIND}` as const]: ago(8 * 86_400 + 1),
          [`howdah_backup_last_success_timestamp_seconds${KIND}` as const]: 1,
        },
        labels: SHOP,
      },
      also: [{ series: { [`howdah_backup_last_success_timestamp_seconds${KIND}` as const]: 1 } }],
      silent: [
        {
          series: {
            [`howdah_backup_last_verified_timestamp_seconds${KIND}` as const]: ago(8 * 86_400),
            [`howdah_backup_last_success_timestamp_seconds${KIND}` as const]: 1,
          },
        },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgBackupVerificationFailed',
    expression: promql`${of('howdah_backup_verify_status')} == 0`,
    for: '0s',
    severity: 'critical',
    summary: 'A backup of {{ $labels.cluster }} ({{ $labels.type }}) was not proved by restoring it.',
    description:
      'The last verification at {{ $labels.instance }} found a difference, could not be done, or was killed; howdah_backup_verifications_total tells which. Until one passes, count on the one proved before.',
    proof: {
      fires: { series: { [`howdah_backup_verify_status${KIND}` as const]: 0 }, labels: SHOP },
      silent: [{ series: { [`howdah_backup_verify_status${KIND}` as const]: 1 } }],
      noData: 'silent',
    },
  },
]
