-- Tells: what each database has counted since its statistics were reset: rollbacks, deadlocks, conflicts, temporary files, reads.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: counts since stats_reset, not since the alert. Ask twice, a minute apart: what grew is what happens now.
SELECT datname, xact_commit, xact_rollback, deadlocks, conflicts, temp_files, pg_size_pretty(temp_bytes) AS temp_size,
       round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 1) AS cache_hit_percent, sessions_abandoned, sessions_fatal,
       sessions_killed, stats_reset
  FROM pg_stat_database
 WHERE datname IS NOT NULL AND datname NOT IN ('template0', 'template1', 'rdsadmin')
 ORDER BY xact_commit + xact_rollback DESC
 LIMIT 50;
