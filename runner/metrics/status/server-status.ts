import type { Snapshot } from '../exposition/snapshot.ts'
import type { Condition, Undecided } from './condition.ts'
import { decide } from './conditions/decide.ts'
import { type HistoryView, longestTransaction } from './history.ts'
import { ofDatabase, Readings } from './readings.ts'

/** A moment in Unix time, or `null`: nobody knows. Every other `null` means unknown as well, never 0. */
type Moment = number | null

export interface BackupStatus {
  /** `null` while none has succeeded. */
  readonly lastSuccess: Moment
  /** `null` while none was verified. */
  readonly lastVerified: Moment
  /** Whether the last attempt of every kind succeeded; `null` where nobody says. */
  readonly lastSucceeded: boolean | null
}

export interface DatabaseStatus {
  readonly name: string
  readonly sessions: number | null
  readonly longestTransactionSeconds: number | null
  readonly idleInTransactionSeconds: number | null
  readonly sizeBytes: number | null
  /** `null` where no folder of migrations belongs to it, or where it cannot be read. */
  readonly migrations: MigrationStatus | null
}

export interface MigrationStatus {
  readonly applied: number | null
  readonly pending: number | null
  readonly failed: number | null
  readonly running: boolean
}

export interface PoolerStatus {
  readonly name: string
  readonly up: boolean
  readonly clientsWaiting: number | null
  readonly longestWaitSeconds: number | null
}

/** What one collection said of a server. */
export interface Facts {
  readonly role: 'primary' | 'replica' | null
  /** `18.4`. */
  readonly version: string | null
  readonly startedAt: Moment
  readonly connections: number | null
  readonly connectionLimit: number | null
  readonly longestTransactionSeconds: number | null
  readonly blockedSessions: number | null
  readonly longestLockWaitSeconds: number | null
  readonly lagSeconds: number | null
  readonly streamingReplicas: number | null
  readonly databases: readonly DatabaseStatus[]
  /** `null`: no backup on record. */
  readonly backup: BackupStatus | null
}

/** A watched server, as the page and `/status.json` show it. */
export interface ServerStatus {
  /** `host:port/database`. */
  readonly name: string
  readonly state: 'up' | 'away' | 'unknown'
  /** Why it is away. */
  readonly reason: string | null
  /** When it was first found away, this time. */
  readonly awaySince: Moment
  /** When the facts were measured; while the server is away they are those of the last time it answered. */
  readonly measuredAt: Moment
  readonly facts: Facts | null
  readonly poolers: readonly PoolerStatus[]
  readonly conditions: { readonly firing: readonly Condition[]; readonly undecided: readonly Undecided[] }
  readonly history: HistoryView
}

/** What is known of a server, for its status to be made of. */
export interface Known {
  readonly name: string
  readonly history: HistoryView
  /** The last collection, and of the one that found the server up last; absent before the first. */
  readonly last:
    | { readonly snapshot: Snapshot; readonly at: number; readonly down: string | null }
    | undefined
  readonly lastUp: { readonly snapshot: Snapshot; readonly at: number } | undefined
  /** Of PgBouncer, asked whether or not the server answers. */
  readonly poolers: Snapshot
  readonly awaySince: Moment
}

/** What the page says of a server: known values in, the view out. */
export function serverStatus({ name, history, last, lastUp, poolers, awaySince }: Known): ServerStatus {
  const state = last === undefined ? 'unknown' : last.down === null ? 'up' : 'away'
  const now = new Readings([...(last?.snapshot ?? []), ...poolers])
  return {
    name,
    state,
    reason: last?.down ?? null,
    awaySince,
    measuredAt: lastUp?.at ?? null,
    facts: lastUp ? factsIn(new Readings(lastUp.snapshot)) : null,
    poolers: poolersIn(now),
    conditions: decide(now),
    history,
  }
}

function factsIn(readings: Readings): Facts {
  const replica = readings.max('pg_replication_is_replica')
  return {
    role: replica === undefined ? null : replica === 1 ? 'replica' : 'primary',
    version: readings.all('pg_static')[0]?.labels.short_version?.replace(/\.0$/, '') ?? null,
    startedAt: readings.max('pg_postmaster_start_time_seconds') ?? null,
    connections: readings.sum('pg_stat_activity_count') ?? null,
    connectionLimit: readings.max('pg_connection_limit_effective') ?? null,
    longestTransactionSeconds: longestTransaction(readings),
    blockedSessions: readings.max('pg_blocked_sessions') ?? null,
    longestLockWaitSeconds: readings.max('pg_locks_max_wait_seconds') ?? null,
    lagSeconds: readings.max('pg_replication_lag_seconds') ?? null,
    streamingReplicas: readings.max('pg_replication_streaming_replicas') ?? null,
    databases: databasesIn(readings),
    backup: backupIn(readings),
  }
}

function databasesIn(readings: Readings): readonly DatabaseStatus[] {
  const names = (
    ['pg_stat_activity_count', 'howdah_migrations_applied', 'pg_database_size_bytes'] as const
  ).flatMap(metric => readings.all(metric).flatMap(({ labels }) => labels.datname ?? []))
  return [...new Set(names)].sort().map(name => {
    const here = ofDatabase(name)
    return {
      name,
      // Of applications: the exporter's own come and go with it.
      sessions:
        readings.sum('pg_stat_activity_count', each => here(each) && each.state !== 'exporter') ?? null,
      longestTransactionSeconds: longestTransaction(readings, here),
      idleInTransactionSeconds:
        readings.max('pg_stat_activity_max_idle_in_transaction_seconds', here) ?? null,
      sizeBytes: readings.max('pg_database_size_bytes', here) ?? null,
      migrations: migrationsIn(readings, here),
    }
  })
}

function migrationsIn(readings: Readings, here: ReturnType<typeof ofDatabase>): MigrationStatus | null {
  const applied = readings.max('howdah_migrations_applied', here) ?? null
  const pending = readings.max('howdah_migrations_pending', here) ?? null
  const failed = readings.max('howdah_migrations_failed', here) ?? null
  if (applied === null && pending === null && failed === null) return null
  return { applied, pending, failed, running: readings.max('howdah_migration_running', here) === 1 }
}

/** 0 stands for never, since a counter of Unix time is born there. */
function backupIn(readings: Readings): BackupStatus | null {
  const success = readings.max('howdah_backup_last_success_timestamp_seconds')
  const verified = readings.max('howdah_backup_last_verified_timestamp_seconds')
  const attempts = readings.all('howdah_backup_last_status')
  if (success === undefined && verified === undefined && attempts.length === 0) return null
  return {
    lastSuccess: success || null,
    lastVerified: verified || null,
    lastSucceeded: attempts.length > 0 ? attempts.every(({ value }) => value === 1) : null,
  }
}

function poolersIn(readings: Readings): readonly PoolerStatus[] {
  return readings.all('pgbouncer_up').map(({ labels: { pooler = '' }, value }) => {
    const here = (labels: Readonly<Record<string, string>>) => labels.pooler === pooler
    return {
      name: pooler,
      up: value === 1,
      clientsWaiting: readings.sum('pgbouncer_pools_client_waiting_connections', here) ?? null,
      longestWaitSeconds: readings.max('pgbouncer_pools_client_maxwait_seconds', here) ?? null,
    }
  })
}
