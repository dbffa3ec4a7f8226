/** What the parameters of a server depend on. */
export interface ServerSettings {
  readonly majorVersion: string
  readonly maxConnections: number
  readonly preloadLibraries: readonly string[]
  readonly logicalReplication: boolean
  readonly allocatedStorageGib: number
  /** The user's own: the last word. */
  readonly overrides: Readonly<Record<string, string>>
  /** Absent on a primary. */
  readonly standby?: { readonly feedback: boolean; readonly maxDelaySeconds: number }
}

export interface ServerParameter {
  readonly name: string
  readonly value: string
  readonly applyMethod: 'immediate' | 'pending-reboot'
}

/** Share of the disk that WAL for a slot nobody reads may take: such a slot must not end the primary. */
const WAL_KEEP_SHARE = 0.15
const MIB_PER_GIB = 1024

/** Those that the server takes on at its next start only. */
const STATIC = new Set([
  'autovacuum_max_workers',
  'max_connections',
  'rds.logical_replication',
  'rds.restrict_password_commands',
  'shared_preload_libraries',
  'track_activity_query_size',
])

/**
 * The parameters of a server, by name. Timeouts of statements and locks are not among them: set for everybody they would end dumps and index builds, so
 * they belong to roles.
 */
export function serverParameters(settings: ServerSettings): ServerParameter[] {
  const ours: Record<string, string> = {
    ...connecting(settings),
    ...observing(settings),
    ...maintaining(settings),
    ...following(settings),
  }
  const values = { ...ours, ...settings.overrides }
  return Object.entries(values)
    .map(([name, value]) => ({ name, value, applyMethod: applyMethodOf(name, name in ours) }))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
}

/** RDS refuses `immediate` for a static parameter and takes `pending-reboot` for any: so for those we know nothing of. */
const applyMethodOf = (name: string, known: boolean) =>
  known && !STATIC.has(name) ? ('immediate' as const) : ('pending-reboot' as const)

function connecting({ maxConnections }: ServerSettings): Record<string, string> {
  return {
    'rds.force_ssl': '1',
    password_encryption: 'scram-sha-256',
    'rds.accepted_password_auth_method': 'scram',
    // Only members of rds_password change passwords; the runner is one, so that poolers and secrets never disagree.
    'rds.restrict_password_commands': '1',
    max_connections: String(maxConnections),
    // RDS's own is a day, for which a forgotten transaction would hold back vacuum.
    idle_in_transaction_session_timeout: '60000',
    // Poolers keep idle connections on purpose.
    idle_session_timeout: '0',
  }
}

function observing({ preloadLibraries }: ServerSettings): Record<string, string> {
  const has = (library: string) => preloadLibraries.includes(library)
  return {
    shared_preload_libraries: preloadLibraries.join(','),
    ...(has('pgaudit') && { 'pgaudit.log': 'ddl,role', 'pgaudit.role': 'rds_pgaudit' }),
    ...(has('auto_explain') && { 'auto_explain.log_min_duration': '5000' }),
    log_min_duration_statement: '1000',
    // `ddl` or `all` would write passwords into the log; pgaudit says who changed what.
    log_statement: 'none',
    log_lock_waits: '1',
    deadlock_timeout: '1000',
    log_temp_files: '10240',
    log_autovacuum_min_duration: '10000',
    log_checkpoints: '1',
    log_connections: '1',
    log_disconnections: '1',
    track_io_timing: '1',
    track_activity_query_size: '4096',
    compute_query_id: 'on',
    'rds.log_retention_period': '4320',
  }
}

function maintaining({ allocatedStorageGib, logicalReplication }: ServerSettings): Record<string, string> {
  return {
    autovacuum_vacuum_scale_factor: '0.05',
    autovacuum_vacuum_insert_scale_factor: '0.05',
    autovacuum_max_workers: '5',
    autovacuum_vacuum_cost_limit: '2000',
    // A thirty-second of the memory, in kB: 1 GB where there are 32.
    maintenance_work_mem: 'GREATEST({DBInstanceClassMemory/32768},65536)',
    max_slot_wal_keep_size: String(Math.round(allocatedStorageGib * MIB_PER_GIB * WAL_KEEP_SHARE)),
    default_toast_compression: 'lz4',
    wal_compression: 'zstd',
    'rds.logical_replication': logicalReplication ? '1' : '0',
  }
}

function following({ standby }: ServerSettings): Record<string, string> {
  if (!standby) return {}
  const delay = String(standby.maxDelaySeconds * 1000)
  return {
    hot_standby_feedback: standby.feedback ? '1' : '0',
    max_standby_streaming_delay: delay,
    max_standby_archive_delay: delay,
  }
}
