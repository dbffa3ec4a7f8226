import { defineCollector } from '../collector.ts'
import { counter } from '../exposition/metric.ts'

/** What 17 calls them; earlier ones get the same names, so that one query works for all. */
const NAMES: Readonly<Record<string, string>> = {
  CommitTs: 'commit_timestamp',
  MultiXactMember: 'multixact_member',
  MultiXactOffset: 'multixact_offset',
  Notify: 'notify',
  Serial: 'serializable',
  Subtrans: 'subtransaction',
  Xact: 'transaction',
}

const SQL = `SELECT name, blks_hit::float8 AS hit, blks_read::float8 AS read FROM pg_catalog.pg_stat_slru ORDER BY name`

interface Row {
  readonly name: string
  readonly hit: number
  readonly read: number
}

/** The small caches of transaction states. Many reads of subtransactions mean that sessions have more than 64 of them. */
export const slru = defineCollector({
  name: 'slru',
  tier: 'medium',
  metrics: {
    pg_stat_slru_blks_hit_total: counter('Pages found in the cache.', ['name']),
    pg_stat_slru_blks_read_total: counter('Pages read because they were not in the cache.', ['name']),
  },
  async collect(connection, _facts, emit) {
    for (const row of await connection.rows<Row>(SQL)) {
      const name = NAMES[row.name] ?? row.name
      emit('pg_stat_slru_blks_hit_total', row.hit, { name })
      emit('pg_stat_slru_blks_read_total', row.read, { name })
    }
  },
})
