import { formatDuration } from '../core/units.ts'
import type { Connection } from './connect.ts'

/** A session that another one waits for. */
export interface Blocker {
  readonly pid: number
  readonly user: string | null
  readonly application: string | null
  readonly address: string | null
  readonly state: string | null
  /** How long its transaction has been open, in milliseconds. */
  readonly transactionAgeMs: number | null
  /** What it runs, or ran last. Present only when it was asked for: a query may hold data. */
  readonly query?: string
}

/** A session's columns as `Blocker` has them. */
const ACTIVITY = `a.pid, a.usename AS user, a.application_name AS application, host(a.client_addr) AS address, a.state, a.query,
            round(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::float8 AS "transactionAgeMs"`

type ActivityRow = Blocker & { readonly query: string }

/** Who holds up a session at this moment. Pids alone come from the lock manager; who they are, from the activity view. */
export async function readBlockers(
  watcher: Connection,
  pid: number | null,
  showQueries: boolean,
): Promise<Blocker[]> {
  const rows = await watcher.rows<ActivityRow>(
    `SELECT ${ACTIVITY}
       FROM (SELECT DISTINCT unnest(pg_blocking_pids($1)) AS pid) AS b JOIN pg_stat_activity a USING (pid)
      ORDER BY a.xact_start NULLS LAST LIMIT 10`,
    [pid],
  )
  return rows.map(row => shown(row, showQueries))
}

/** A session that holds a lock which another one will want. */
export interface LockHolder extends Blocker {
  /** The relation, qualified where the search path does not lead to it. */
  readonly relation: string
}

/** Which locks are wanted: names as `to_regclass` reads them; those it does not know are held by nobody. */
export interface WantedTables {
  /** Tables that are to be had alone: readers are in the way, too. */
  readonly exclusive: readonly string[]
  /** Tables that readers may go on reading. */
  readonly againstWriters: readonly string[]
  readonly olderThanMs: number
  readonly showQueries: boolean
}

/** Transactions of some age that hold locks in the way of those wanted, the oldest first. */
export async function readHolders(
  connection: Connection,
  { exclusive, againstWriters, olderThanMs, showQueries }: WantedTables,
): Promise<LockHolder[]> {
  const rows = await connection.rows<ActivityRow & { readonly relation: string }>(
    `SELECT DISTINCT ON (a.xact_start, a.pid) ${ACTIVITY}, l.relation::regclass::text AS relation
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND a.xact_start < clock_timestamp() - make_interval(secs => $3::float8 / 1000)
        AND (l.relation IN (SELECT to_regclass(name)::oid FROM unnest($1::text[]) AS e (name))
          OR (l.mode NOT IN ('AccessShareLock', 'RowShareLock')
              AND l.relation IN (SELECT to_regclass(name)::oid FROM unnest($2::text[]) AS w (name))))
      ORDER BY a.xact_start, a.pid, relation LIMIT 10`,
    [exclusive, againstWriters, olderThanMs],
  )
  return rows.map(({ relation, ...row }) => ({ ...shown(row, showQueries), relation }))
}

/** Transactions of some age that hold a snapshot in this database, the oldest first. */
export async function readOldSnapshots(
  connection: Connection,
  olderThanMs: number,
  showQueries: boolean,
): Promise<Blocker[]> {
  const rows = await connection.rows<ActivityRow>(
    `SELECT ${ACTIVITY} FROM pg_stat_activity a
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
        AND a.backend_xmin IS NOT NULL
        AND a.xact_start < clock_timestamp() - make_interval(secs => $1::float8 / 1000)
      ORDER BY a.xact_start LIMIT 10`,
    [olderThanMs],
  )
  return rows.map(row => shown(row, showQueries))
}

function shown({ query, ...blocker }: ActivityRow, showQueries: boolean): Blocker {
  return showQueries ? { ...blocker, query } : blocker
}

/** `process 4711 of user app, application web, from 10.0.0.7, idle in transaction, for 5 min 3 s` */
export function describeBlocker({
  pid,
  user,
  application,
  address,
  state,
  transactionAgeMs,
  query,
}: Blocker): string {
  const parts = [
    `process ${pid} of user ${user ?? 'unknown'}`,
    `application ${application || 'unnamed'}`,
    ...(address ? [`from ${address}`] : []),
    state ?? 'state hidden',
    transactionAgeMs === null ? 'no transaction' : `in a transaction for ${formatDuration(transactionAgeMs)}`,
  ]
  return parts.join(', ') + (query === undefined ? '' : `: ${query.replace(/\s+/g, ' ').slice(0, 200)}`)
}
