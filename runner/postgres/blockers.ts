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

/** Who holds up a session at this moment. Pids alone come from the lock manager; who they are, from the activity view. */
export async function readBlockers(
  watcher: Connection,
  pid: number | null,
  showQueries: boolean,
): Promise<Blocker[]> {
  const rows = await watcher.rows<Blocker & { query: string }>(
    `SELECT a.pid, a.usename AS user, a.application_name AS application, host(a.client_addr) AS address, a.state, a.query,
            round(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::float8 AS "transactionAgeMs"
       FROM unnest(pg_blocking_pids($1)) AS b(pid) JOIN pg_stat_activity a USING (pid)
      GROUP BY a.pid, a.usename, a.application_name, a.client_addr, a.state, a.query, a.xact_start
      ORDER BY a.xact_start NULLS LAST LIMIT 10`,
    [pid],
  )
  return rows.map(({ query, ...blocker }) => (showQueries ? { ...blocker, query } : blocker))
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
