import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

const SQL = `SELECT pg_catalog.version() AS version,
       pg_catalog.current_setting('server_version_num')::int AS number,
       extract(epoch FROM pg_catalog.pg_postmaster_start_time())::float8 AS started,
       extract(epoch FROM pg_catalog.pg_conf_load_time())::float8 AS configured,
       pg_catalog.pg_is_in_recovery()::int AS replica`

interface Row {
  readonly version: string
  readonly number: number
  readonly started: number
  readonly configured: number
  readonly replica: number
}

/** Which server this is. Names and labels are those of postgres_exporter. */
export const instance = defineCollector({
  name: 'instance',
  metrics: {
    pg_static: gauge('Version of the server, as labels; the value is always 1.', [
      'version',
      'short_version',
    ]),
    pg_postmaster_start_time_seconds: gauge('When the server started, as Unix time.'),
    pg_config_load_time_seconds: gauge('When the server last loaded its configuration, as Unix time.'),
    pg_replication_is_replica: gauge('1 while the server is in recovery (a replica), 0 on a primary.'),
  },
  async collect(connection, _facts, emit) {
    const row = await connection.row<Row>(SQL)
    const short_version = `${Math.floor(row.number / 10_000)}.${row.number % 10_000}.0`
    emit('pg_static', 1, { version: row.version, short_version })
    emit('pg_postmaster_start_time_seconds', row.started)
    emit('pg_config_load_time_seconds', row.configured)
    emit('pg_replication_is_replica', row.replica)
  },
})
