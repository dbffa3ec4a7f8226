import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** `reserved_connections` came with 16; Amazon RDS keeps slots of its own. A setting that does not exist reserves none. */
const SQL = `SELECT pg_catalog.current_setting('max_connections')::float8 AS maximum,
       pg_catalog.current_setting('superuser_reserved_connections')::float8
       + coalesce(pg_catalog.current_setting('reserved_connections', true)::float8, 0)
       + coalesce(pg_catalog.current_setting('rds.rds_superuser_reserved_connections', true)::float8, 0) AS reserved`

/** How many sessions the server can hold. */
export const connectionLimit = defineCollector({
  name: 'connection-limit',
  metrics: {
    pg_settings_max_connections: gauge('Connections the server accepts in all (max_connections).'),
    pg_connection_limit_effective: gauge(
      'Connections an ordinary role can use: max_connections without the reserved ones.',
    ),
  },
  async collect(connection, _facts, emit) {
    const { maximum, reserved } = await connection.row<{ maximum: number; reserved: number }>(SQL)
    emit('pg_settings_max_connections', maximum)
    emit('pg_connection_limit_effective', maximum - reserved)
  },
})
