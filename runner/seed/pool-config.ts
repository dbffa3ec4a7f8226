import type { PoolConfig } from 'pg'
import type { Connection } from '../postgres/connect.ts'

/** What a pool needs to reach the place a session already reached, over TLS or not as that one is. */
export function poolConfigOf(
  { target, client }: Connection,
  applicationName: string,
  connectTimeoutMs: number,
): PoolConfig {
  const { host, port, user, password, database, tls } = target
  const preferred = client.ssl ? { rejectUnauthorized: false } : false
  return {
    host,
    port,
    user,
    database,
    ...(password === undefined ? {} : { password }),
    ssl: tls.mode === 'on' ? tls.options : tls.mode === 'prefer' ? preferred : false,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    max: 2,
  }
}
