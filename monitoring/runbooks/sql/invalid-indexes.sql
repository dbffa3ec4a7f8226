-- Tells: which indexes are INVALID, and whether somebody is building one of them now.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: built_by filled: a build is under way, leave it. Empty: a leftover; every write maintains it and no query uses it. A name that ends in _ccnew
--   or _ccold is of a REINDEX CONCURRENTLY that was cut off: the index without the ending is fine.
SELECT n.nspname AS schema, t.relname AS "table", i.relname AS index, x.indisunique AS is_unique, x.indisready AS maintained,
       pg_size_pretty(i.relpages::bigint * current_setting('block_size')::int) AS size,
       (SELECT min(p.pid) FROM pg_stat_progress_create_index p
         WHERE p.datname = current_database() AND (p.index_relid = x.indexrelid OR p.relid = x.indrelid)) AS built_by
  FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_class t ON t.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = i.relnamespace
 WHERE i.relkind = 'i' AND (NOT x.indisvalid OR NOT x.indisready)
 ORDER BY 1, 2, 3
 LIMIT 50;
