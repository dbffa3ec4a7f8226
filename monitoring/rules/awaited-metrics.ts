const TYPED = ['cluster', 'type'] as const
const CLUSTER = ['cluster'] as const
const SCENARIO = ['scenario'] as const
const RDS = ['dbidentifier'] as const

/**
 * Metrics that rules and dashboards are written for and no collector has yet, with their labels. A rule that uses one is tested
 * like any other and left out of the generated files until the catalogue has the metric, and so is a panel; then the line goes
 * from here (a test says so).
 */
export const AWAITED_METRICS = {
  howdah_backup_last_success_timestamp_seconds: TYPED,
  howdah_backup_last_status: TYPED,
  howdah_backup_last_duration_seconds: TYPED,
  howdah_backup_last_size_bytes: TYPED,
  howdah_backup_failures_total: TYPED,
  howdah_backup_latest_restorable_timestamp_seconds: CLUSTER,
  howdah_backup_retention_seconds: CLUSTER,
  howdah_backup_last_verified_timestamp_seconds: TYPED,
  howdah_dr_drill_last_timestamp_seconds: SCENARIO,
  howdah_dr_drill_last_rto_seconds: SCENARIO,
  howdah_dr_drill_last_rpo_seconds: SCENARIO,
  howdah_dr_drill_target_rto_seconds: SCENARIO,
  howdah_dr_drill_target_rpo_seconds: SCENARIO,
  howdah_dr_drill_last_status: SCENARIO,
  howdah_backfill_progress_ratio: ['backfill'],
  pg_probe_attempts_total: ['path'],
  pg_probe_failures_total: ['path'],
  pg_probe_duration_seconds: ['path'],
  rds_cpu_usage_percent_average: RDS,
  rds_dbload_average: RDS,
  rds_instance_vcpu_average: RDS,
  rds_freeable_memory_bytes: RDS,
  rds_swap_usage_bytes: RDS,
  rds_free_storage_bytes: RDS,
  rds_allocated_storage_bytes: RDS,
  rds_read_iops_average: RDS,
  rds_write_iops_average: RDS,
  rds_read_latency_seconds: RDS,
  rds_write_latency_seconds: RDS,
} as const satisfies Readonly<Record<string, readonly string[]>>
