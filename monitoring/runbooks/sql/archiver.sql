-- Tells: whether WAL is archived, what was last archived, and what failed.
-- Run on: primary
-- Database: any
-- Role: monitor
-- Means: last_failed_time later than last_archived_time: it fails now, and the segment in last_failed_wal is repeated until it succeeds. archive
--   "off": nobody archives. On RDS the archive is Amazon's: look at the latest restorable time instead.
SELECT current_setting('archive_mode') AS archive, archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_wal,
       last_failed_time, (SELECT count(*) FROM pg_ls_archive_statusdir() a WHERE a.name LIKE '%.ready') AS waiting, stats_reset
  FROM pg_stat_archiver;
