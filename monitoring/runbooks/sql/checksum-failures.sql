-- Tells: in which databases a page was read whose checksum is wrong, how often, and when last.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: any count above 0 is damage on disk or in memory. The database "(shared)" is the catalogues all databases share. checksums "off":
--   nothing is checked, and no count says anything.
SELECT coalesce(datname, '(shared)') AS datname, checksum_failures, checksum_last_failure,
       current_setting('data_checksums') AS checksums
  FROM pg_stat_database
 WHERE datname IS DISTINCT FROM 'template0'
 ORDER BY checksum_failures DESC NULLS LAST, 1
 LIMIT 50;
