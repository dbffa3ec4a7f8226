import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'
import { CLIENT_SESSION } from '../maintenance-sessions.ts'

/** The view leaves out sessions of others to a role without pg_read_all_stats; then the count is unknown. */
const SQL = `SELECT s.ssl, count(*)::float8 AS sessions
  FROM pg_catalog.pg_stat_ssl s JOIN pg_catalog.pg_stat_activity a USING (pid)
 WHERE ${CLIENT_SESSION} AND pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') GROUP BY s.ssl
UNION ALL
SELECT NULL, 1 WHERE pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')`

interface Row {
  /** NULL in the row that tells that everything can be seen. */
  readonly ssl: boolean | null
  readonly sessions: number
}

/** Whether clients come encrypted. */
export const sslConnections = defineCollector({
  name: 'ssl-connections',
  tier: 'medium',
  metrics: {
    pg_stat_ssl_connections: gauge(
      'Client sessions over TLS and without; absent for a role without pg_read_all_stats.',
      ['ssl'],
    ),
  },
  async collect(connection, _facts, emit) {
    const rows = await connection.rows<Row>(SQL)
    if (!rows.some(({ ssl }) => ssl === null)) return
    for (const encrypted of [true, false]) {
      const found = rows.find(({ ssl }) => ssl === encrypted)
      emit('pg_stat_ssl_connections', found?.sessions ?? 0, { ssl: String(encrypted) })
    }
  },
})
