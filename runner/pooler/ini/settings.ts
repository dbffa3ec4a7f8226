import type { PoolerPlan } from '../budget.ts'
import type { PgbouncerOptions, PgbouncerVersion } from './options.ts'

/** Where a server is. */
export interface Target {
  readonly host: string
  readonly port: number
}

export type PoolMode = 'session' | 'transaction' | 'statement'

/** One entry of `[databases]`. */
export interface PooledDatabase {
  /** Its name at the server; absent: the same as here. */
  readonly database?: string | undefined
  /** Hosts of its own, taken in turn: replicas. Absent: the target, which `howdah pooler repoint` moves. */
  readonly hosts?: readonly string[] | undefined
  readonly port?: number | undefined
  readonly poolMode?: PoolMode | undefined
  readonly poolSize?: number | undefined
  readonly minPoolSize?: number | undefined
  readonly reservePoolSize?: number | undefined
  readonly maxConnections?: number | undefined
  /** Sent to each new server connection. */
  readonly connectQuery?: string | undefined
  readonly applicationName?: string | undefined
}

/** One entry of `[users]`. */
export interface PooledUser {
  readonly poolMode?: PoolMode | undefined
  readonly maxConnections?: number | undefined
}

export interface ClientTls {
  readonly mode: 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** Absent: where the entrypoint puts what it was given. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly caFile?: string | undefined
}

export interface ServerTls {
  readonly mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  readonly caFile?: string | undefined
}

export interface PgbouncerSettings extends PgbouncerOptions {
  readonly version: PgbouncerVersion
  readonly target: Target
  readonly databases: Readonly<Record<string, PooledDatabase>>
  readonly users?: Readonly<Record<string, PooledUser>> | undefined
  readonly limits: Pick<
    PoolerPlan,
    'defaultPoolSize' | 'reservePoolSize' | 'maxDbConnections' | 'maxClientConn'
  >
  /** Default 1. */
  readonly processes?: number | undefined
  /** Default `*`. */
  readonly listenAddress?: string | undefined
  /** Default 6432. */
  readonly listenPort?: number | undefined
  /** Where everything is that the entrypoint writes. Default `/run/pgbouncer`. */
  readonly directory?: string | undefined
  /** Default `transaction`. */
  readonly poolMode?: PoolMode | undefined
  /** The role that looks passwords up. Absent: only users of the auth file get in. */
  readonly auth?:
    | {
        readonly user: string
        /** The entry of `[databases]` it asks in (1.19); absent: the one the client wants. */
        readonly database?: string | undefined
        readonly query?: string | undefined
      }
    | undefined
  /** Who may give commands at the console. Default `pgb_admin`. */
  readonly adminUser?: string | undefined
  /** Who may only look. Default `pgb_stats`. */
  readonly statsUser?: string | undefined
  readonly clientTls?: ClientTls | undefined
  readonly serverTls?: ServerTls | undefined
}
