-- Tells: how fast WAL is written on average, and how long max_wal_size lasts at that pace.
-- Run on: primary
-- Database: any
-- Role: monitor
-- Means: lasts shorter than checkpoint_timeout: checkpoints come early, because of max_wal_size. It is an average since stats_reset; the pace of
--   now is in the rate of pg_stat_wal_bytes_total. full_page_images high: many of the bytes are copies of pages after a checkpoint.
SELECT pg_size_pretty(wal_bytes) AS wal_since_reset, stats_reset,
       pg_size_pretty(round(wal_bytes / extract(epoch FROM clock_timestamp() - stats_reset)::numeric)) AS per_second,
       current_setting('max_wal_size') AS max_wal_size, current_setting('checkpoint_timeout') AS checkpoint_timeout,
       make_interval(secs => round(pg_size_bytes(current_setting('max_wal_size'))
         / nullif(wal_bytes / extract(epoch FROM clock_timestamp() - stats_reset)::numeric, 0))::float8) AS lasts,
       wal_records AS records, wal_fpi AS full_page_images, wal_buffers_full AS buffers_full
  FROM pg_stat_wal;
