import { defineCollector, WATCHED_DATABASES } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** −1 is no limit, and −2 a database whose DROP was cut off. */
const SQL = `SELECT 'database' AS kind, datname AS name, datconnlimit::float8 AS quota
  FROM pg_catalog.pg_database WHERE datconnlimit >= 0 AND ${WATCHED_DATABASES}
UNION ALL
SELECT 'role', rolname, rolconnlimit FROM pg_catalog.pg_roles WHERE rolconnlimit >= 0 ORDER BY 1, 2`

interface Row {
  readonly kind: 'database' | 'role'
  readonly name: string
  readonly quota: number
}

/** Limits narrower than the server's. Those without one have no series. */
export const connectionQuotas = defineCollector({
  name: 'connection-quotas',
  tier: 'slow',
  metrics: {
    pg_database_connection_limit: gauge('Connections the database accepts; absent without a limit.', [
      'datname',
    ]),
    pg_roles_connection_limit: gauge('Connections the role may have; absent without a limit.', ['rolname']),
  },
  async collect(connection, _facts, emit) {
    for (const { kind, name, quota } of await connection.rows<Row>(SQL))
      if (kind === 'database') emit('pg_database_connection_limit', quota, { datname: name })
      else emit('pg_roles_connection_limit', quota, { rolname: name })
  },
})
