import { defineCollector } from '../collector.ts'
import { counter } from '../exposition/metric.ts'

/** Up to 16 the numbers are in pg_stat_bgwriter; they get the names of 17, so that one query works for all. */
const OLD = `SELECT checkpoints_timed::float8 AS timed, checkpoints_req::float8 AS requested,
       checkpoint_write_time AS write_ms, checkpoint_sync_time AS sync_ms, buffers_checkpoint::float8 AS buffers,
       extract(epoch FROM stats_reset)::float8 AS reset
  FROM pg_catalog.pg_stat_bgwriter`

const NEW = (more: string) => `SELECT num_timed::float8 AS timed, num_requested::float8 AS requested,
       write_time AS write_ms, sync_time AS sync_ms, buffers_written::float8 AS buffers,
       extract(epoch FROM stats_reset)::float8 AS reset, restartpoints_timed::float8 AS restart_timed,
       restartpoints_req::float8 AS restart_requested, restartpoints_done::float8 AS restart_done${more}
  FROM pg_catalog.pg_stat_checkpointer`

interface Row {
  readonly timed: number
  readonly requested: number
  readonly write_ms: number
  readonly sync_ms: number
  readonly buffers: number
  readonly reset: number | null
  readonly restart_timed?: number
  readonly restart_requested?: number
  readonly restart_done?: number
  readonly done?: number
  readonly slru?: number
}

/** Checkpoints, and on a replica restartpoints. */
export const checkpointer = defineCollector({
  name: 'checkpointer',
  metrics: {
    pg_stat_checkpointer_num_timed_total: counter(
      'Checkpoints due by time; from 17 on also those skipped on an idle server.',
    ),
    pg_stat_checkpointer_num_requested_total: counter('Checkpoints requested, by WAL volume or a command.'),
    pg_stat_checkpointer_num_done_total: counter('Checkpoints performed (from 18 on).'),
    pg_stat_checkpointer_restartpoints_timed_total: counter('Restartpoints due by time (from 17 on).'),
    pg_stat_checkpointer_restartpoints_req_total: counter('Restartpoints requested (from 17 on).'),
    pg_stat_checkpointer_restartpoints_done_total: counter('Restartpoints performed (from 17 on).'),
    pg_stat_checkpointer_write_time_total: counter('Milliseconds spent writing files.'),
    pg_stat_checkpointer_sync_time_total: counter('Milliseconds spent syncing files to disk.'),
    pg_checkpoint_write_seconds_total: counter('Time checkpoints spent writing files.'),
    pg_checkpoint_sync_seconds_total: counter('Time checkpoints spent syncing files to disk.'),
    pg_stat_checkpointer_buffers_written_total: counter('Buffers written by checkpoints.'),
    pg_stat_checkpointer_slru_written_total: counter('SLRU buffers written by checkpoints (from 18 on).'),
    pg_stat_checkpointer_stats_reset_total: counter('When these numbers were last reset, as Unix time.'),
  },
  async collect(connection, { major }, emit) {
    const more = major >= 18 ? ', num_done::float8 AS done, slru_written::float8 AS slru' : ''
    const row = await connection.row<Row & Record<string, number | null>>(major >= 17 ? NEW(more) : OLD)
    emit('pg_stat_checkpointer_num_timed_total', row.timed)
    emit('pg_stat_checkpointer_num_requested_total', row.requested)
    emit('pg_stat_checkpointer_num_done_total', row.done ?? null)
    emit('pg_stat_checkpointer_restartpoints_timed_total', row.restart_timed ?? null)
    emit('pg_stat_checkpointer_restartpoints_req_total', row.restart_requested ?? null)
    emit('pg_stat_checkpointer_restartpoints_done_total', row.restart_done ?? null)
    emit('pg_stat_checkpointer_write_time_total', row.write_ms)
    emit('pg_stat_checkpointer_sync_time_total', row.sync_ms)
    emit('pg_checkpoint_write_seconds_total', row.write_ms / 1000)
    emit('pg_checkpoint_sync_seconds_total', row.sync_ms / 1000)
    emit('pg_stat_checkpointer_buffers_written_total', row.buffers)
    emit('pg_stat_checkpointer_slru_written_total', row.slru ?? null)
    emit('pg_stat_checkpointer_stats_reset_total', row.reset)
  },
})
