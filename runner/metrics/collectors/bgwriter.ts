import { defineCollector } from '../collector.ts'
import { counter } from '../exposition/metric.ts'

/** Names of postgres_exporter. 17 moved all but the last four to other views; checkpoints have names for every version. */
const metrics = {
  pg_stat_bgwriter_checkpoints_timed_total: counter('Checkpoints that were due by time (up to 16).'),
  pg_stat_bgwriter_checkpoints_req_total: counter('Checkpoints that were requested (up to 16).'),
  pg_stat_bgwriter_checkpoint_write_time_total: counter('Milliseconds checkpoints wrote for (up to 16).'),
  pg_stat_bgwriter_checkpoint_sync_time_total: counter('Milliseconds checkpoints synced for (up to 16).'),
  pg_stat_bgwriter_buffers_checkpoint_total: counter('Buffers written by checkpoints (up to 16).'),
  pg_stat_bgwriter_buffers_backend_total: counter('Buffers written by backends (up to 16).'),
  pg_stat_bgwriter_buffers_backend_fsync_total: counter('Files backends had to sync themselves (up to 16).'),
  pg_stat_bgwriter_buffers_clean_total: counter('Buffers written by the background writer.'),
  pg_stat_bgwriter_maxwritten_clean_total: counter('Rounds it ended early, having written its maximum.'),
  pg_stat_bgwriter_buffers_alloc_total: counter('Buffers allocated.'),
  pg_stat_bgwriter_stats_reset_total: counter('When these numbers were last reset, as Unix time.'),
} as const

type Name = keyof typeof metrics
const NAMES = Object.keys(metrics) as Name[]
const KEPT = NAMES.slice(-4)

const columnOf = (name: Name) => name.slice('pg_stat_bgwriter_'.length, -'_total'.length)

/** What the background writer wrote ahead of the backends. */
export const bgwriter = defineCollector({
  name: 'bgwriter',
  metrics,
  async collect(connection, { major }, emit) {
    const names = major >= 17 ? KEPT : NAMES
    const values = names.map(columnOf).map(column => {
      const value = column === 'stats_reset' ? 'extract(epoch FROM stats_reset)' : column
      return `${value}::float8 AS ${column}`
    })
    const row = await connection.row<Record<string, number | null>>(
      `SELECT ${values.join(', ')} FROM pg_catalog.pg_stat_bgwriter`,
    )
    for (const name of names) emit(name, row[columnOf(name)] ?? null)
  },
})
