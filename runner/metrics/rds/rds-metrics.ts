import { counter, gauge } from '../exposition/metric.ts'

const INSTANCE = ['dbidentifier'] as const
const ASKED = ['dbidentifier', 'api'] as const

/**
 * What Amazon knows of an instance of RDS. Names are those of prometheus-rds-exporter where it has one; its labels
 * `aws_account_id` and `aws_region` are left out, since `rds_instance_info` has both in `arn`.
 */
export const RDS_METRICS = {
  rds_cpu_usage_percent_average: gauge('CPU in use, in percent.', INSTANCE),
  rds_cpu_credit_balance_average: gauge('CPU credits left (classes that burst).', INSTANCE),
  rds_freeable_memory_bytes: gauge('Memory that programs can have: MemAvailable of the kernel.', INSTANCE),
  rds_swap_usage_bytes: gauge('Swap in use.', INSTANCE),
  rds_free_storage_bytes: gauge('Storage that is free.', INSTANCE),
  rds_transaction_logs_disk_usage_bytes: gauge('Storage that WAL takes.', INSTANCE),
  rds_replication_slot_disk_usage_bytes: gauge(
    'Storage that WAL kept for replication slots takes.',
    INSTANCE,
  ),
  rds_oldest_replication_slot_lag_bytes: gauge(
    'WAL that the slot furthest behind has yet to receive.',
    INSTANCE,
  ),
  rds_replica_lag_seconds: gauge('How far a read replica is behind, as Amazon sees it.', INSTANCE),
  rds_maximum_used_transaction_ids_average: gauge(
    'Age of the oldest transaction id not yet frozen.',
    INSTANCE,
  ),
  rds_database_connections_average: gauge('Connections of clients.', INSTANCE),
  rds_dbload_average: gauge('Active sessions.', INSTANCE),
  rds_dbload_cpu_average: gauge('Active sessions on a CPU, or waiting for one.', INSTANCE),
  rds_dbload_noncpu_average: gauge('Active sessions that wait for anything but a CPU.', INSTANCE),
  rds_read_iops_average: gauge('Reads from storage per second.', INSTANCE),
  rds_write_iops_average: gauge('Writes to storage per second.', INSTANCE),
  rds_read_throughput_bytes: gauge('Bytes read from storage per second.', INSTANCE),
  rds_write_throughput_bytes: gauge('Bytes written to storage per second.', INSTANCE),
  rds_read_latency_seconds: gauge('How long a read from storage takes on average.', INSTANCE),
  rds_write_latency_seconds: gauge('How long a write to storage takes on average.', INSTANCE),
  rds_disk_queue_depth_average: gauge('Reads and writes that wait for storage.', INSTANCE),
  rds_burst_balance_percent_average: gauge('I/O credits of the storage left (gp2), in percent.', INSTANCE),
  rds_ebs_io_balance_percent_average: gauge(
    'I/O credits left of the way from the instance to its storage, in percent.',
    INSTANCE,
  ),
  rds_ebs_byte_balance_percent_average: gauge(
    'Throughput credits left of the way from the instance to its storage, in percent.',
    INSTANCE,
  ),
  rds_network_receive_throughput_bytes: gauge('Bytes received from the network per second.', INSTANCE),
  rds_network_transmit_throughput_bytes: gauge('Bytes sent to the network per second.', INSTANCE),

  rds_instance_info: gauge('The instance, as labels; the value is always 1.', [
    'dbidentifier',
    'arn',
    'dbi_resource_id',
    'instance_class',
    'engine',
    'engine_version',
    'storage_type',
    'multi_az',
    'deletion_protection',
    'role',
    'source_dbidentifier',
    'pending_modified_values',
    'pending_maintenance',
    'performance_insights_enabled',
    'ca_certificate_identifier',
  ]),
  rds_instance_status: gauge(
    '1 and above: it serves (1 available, 2 backing up, 4 being modified, 10 and above its storage is); 0 stopped; below 0 it does not, or the state is unknown (-1).',
    INSTANCE,
  ),
  rds_instance_age_seconds: gauge('Time since the instance was created.', INSTANCE),
  rds_instance_vcpu_average: gauge('CPUs of the instance class; absent for a class we do not know.', [
    'dbidentifier',
    'instance_class',
  ]),
  rds_instance_memory_bytes: gauge('Memory of the instance class; absent for a class we do not know.', [
    'dbidentifier',
    'instance_class',
  ]),
  rds_allocated_storage_bytes: gauge('Storage the instance has.', INSTANCE),
  rds_max_allocated_storage_bytes: gauge(
    'Storage up to which Amazon enlarges it by itself; absent where it does not.',
    INSTANCE,
  ),
  rds_allocated_disk_iops_average: gauge(
    'Reads and writes per second the storage is made for; the instance class may allow fewer.',
    INSTANCE,
  ),
  rds_allocated_disk_throughput_bytes: gauge(
    'Bytes per second the storage is made for (gp3); the instance class may allow fewer.',
    INSTANCE,
  ),
  rds_backup_retention_period_seconds: gauge(
    'How long automatic backups are kept; 0: there are none.',
    INSTANCE,
  ),
  rds_certificate_expiry_timestamp_seconds: gauge(
    "When the server's certificate expires, as Unix time.",
    INSTANCE,
  ),
  howdah_backup_latest_restorable_timestamp_seconds: gauge(
    'The latest moment the cluster can be restored to, as Unix time.',
    ['cluster'],
  ),

  howdah_rds_up: gauge(
    '1 when the last question about this instance was answered, by API; 0 when it failed, or nothing is known: no such instance, no value of ten minutes.',
    ASKED,
  ),
  howdah_rds_cache_age_seconds: gauge(
    'How long ago the samples of an API were asked for; absent while there are none.',
    ASKED,
  ),
  howdah_rds_datapoint_timestamp_seconds: gauge(
    'When the minute of the value began that is shown of a metric of CloudWatch, as Unix time.',
    ['dbidentifier', 'metric'],
  ),
  howdah_aws_api_calls_total: counter('Requests to AWS, those tried again included.', ['api']),
  howdah_aws_api_errors_total: counter('Questions to AWS that failed for good.', ['api']),
} as const

/** What is asked of AWS; the value of the label `api`. */
export const APIS = ['GetMetricData', 'DescribeDBInstances', 'DescribePendingMaintenanceActions'] as const
export type Api = (typeof APIS)[number]
