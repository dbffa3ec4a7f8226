import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** An upgrade of the server leaves extensions at their old version until somebody says ALTER EXTENSION UPDATE. */
const SQL = `SELECT e.extname, (a.default_version IS DISTINCT FROM e.extversion)::int AS outdated
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname
 ORDER BY e.extname`

/** Extensions installed in the database. One whose files the server no longer has is left out: nothing is known of updates. */
export const extensions = defineCollector({
  name: 'extensions',
  scope: 'database',
  tier: 'slow',
  metrics: {
    pg_extension_update_available: gauge(
      "1 when the extension's version is not the one this server would install, 0 when it is.",
      ['datname', 'extname'],
    ),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    for (const { extname, outdated } of await connection.rows<{ extname: string; outdated: number }>(SQL))
      emit('pg_extension_update_available', outdated, { datname, extname })
  },
})
