-- Tells: which tables hold the database's oldest transaction id, and how large each is.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: vacuum the first rows, in this order, until the age of the database falls. A table of pg_toast belongs to the table in toast_of:
--   vacuum that one. last_vacuum years ago: autovacuum never gets through it.
SELECT c.oid::regclass AS relation, age(c.relfrozenxid) AS xid_age, mxid_age(c.relminmxid) AS multixact_age,
       pg_size_pretty(c.relpages::bigint * current_setting('block_size')::int) AS size,
       greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS last_vacuum,
       main.oid::regclass AS toast_of, c.reloptions
  FROM pg_class c LEFT JOIN pg_class main ON main.reltoastrelid = c.oid AND c.relkind = 't'
 WHERE c.relkind IN ('r', 'm', 't') AND c.relfrozenxid <> '0'
 ORDER BY greatest(age(c.relfrozenxid), mxid_age(c.relminmxid)) DESC
 LIMIT 20;
