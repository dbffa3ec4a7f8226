-- Tells: which indexes this server has not used since its statistics were reset, the largest first.
-- Run on: any
-- Database: the one of the alert
-- Role: monitor
-- Means: a candidate, not a verdict. since must be weeks ago and cover the end of a month. Ask every replica as well: each counts its own scans. Unique
--   indexes and those of constraints are not listed: they are needed without being scanned.
SELECT n.nspname AS schema, t.relname AS "table", i.relname AS index,
       pg_size_pretty(i.relpages::bigint * current_setting('block_size')::int) AS size, pg_stat_get_numscans(i.oid) AS scans,
       (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()) AS since
  FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_class t ON t.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = i.relnamespace
 WHERE i.relkind = 'i' AND pg_stat_get_numscans(i.oid) = 0 AND x.indisvalid AND NOT x.indisunique AND NOT x.indisreplident
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
 ORDER BY i.relpages DESC, 1, 2, 3
 LIMIT 30;
