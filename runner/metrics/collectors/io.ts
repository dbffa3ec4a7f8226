import { defineCollector } from '../collector.ts'
import { counter } from '../exposition/metric.ts'

const LABELS = ['backend_type', 'object', 'context'] as const

/** What cannot happen is NULL in the view and has no series; nor has a combination that never did anything: 18 has 79 of them. */
const metrics = {
  pg_stat_io_reads_total: counter('Reads.', LABELS),
  pg_stat_io_writes_total: counter('Writes.', LABELS),
  pg_stat_io_writebacks_total: counter('Blocks the operating system was asked to write to disk.', LABELS),
  pg_stat_io_extends_total: counter('Extensions of files.', LABELS),
  pg_stat_io_hits_total: counter('Blocks found in shared buffers.', LABELS),
  pg_stat_io_evictions_total: counter('Blocks thrown out of a buffer for another.', LABELS),
  pg_stat_io_reuses_total: counter('Buffers of a ring used again.', LABELS),
  pg_stat_io_fsyncs_total: counter('Syncs of files.', LABELS),
  pg_stat_io_read_bytes_total: counter('Bytes read.', LABELS),
  pg_stat_io_write_bytes_total: counter('Bytes written.', LABELS),
  pg_stat_io_extend_bytes_total: counter('Bytes files were extended by.', LABELS),
  pg_stat_io_read_seconds_total: counter('Time spent reading (needs track_io_timing).', LABELS),
  pg_stat_io_write_seconds_total: counter('Time spent writing (needs track_io_timing).', LABELS),
  pg_stat_io_writeback_seconds_total: counter(
    'Time spent asking the operating system to write (needs track_io_timing).',
    LABELS,
  ),
  pg_stat_io_extend_seconds_total: counter('Time spent extending files (needs track_io_timing).', LABELS),
  pg_stat_io_fsync_seconds_total: counter('Time spent syncing files (needs track_io_timing).', LABELS),
} as const

type Name = keyof typeof metrics
const NAMES = Object.keys(metrics) as Name[]

/** 18 counts bytes itself, because one operation can be several blocks there; before, each was `op_bytes`. */
function expressionOf(name: Name, major: number): string {
  const field = name.slice('pg_stat_io_'.length, -'_total'.length)
  if (field.endsWith('_seconds')) return `${field.slice(0, -'_seconds'.length)}_time / 1000`
  if (field.endsWith('_bytes') && major < 18) return `${field.slice(0, -'_bytes'.length)}s * op_bytes`
  return field
}

type Row = { readonly backend_type: string; readonly object: string; readonly context: string } & Readonly<
  Record<Name, number | null>
>

/** Who reads and writes, from 16 on; 18 has WAL among the objects. */
export const io = defineCollector({
  name: 'io',
  tier: 'medium',
  appliesTo: ({ major }) => major >= 16,
  metrics,
  async collect(connection, { major }, emit) {
    const columns = NAMES.map(name => `(${expressionOf(name, major)})::float8 AS ${name}`)
    const rows = await connection.rows<Row>(
      `SELECT backend_type, object, context, ${columns.join(', ')} FROM pg_catalog.pg_stat_io ORDER BY 1, 2, 3`,
    )
    for (const row of rows) {
      if (NAMES.every(name => !row[name])) continue
      const { backend_type, object, context } = row
      for (const name of NAMES) emit(name, row[name], { backend_type, object, context })
    }
  },
})
