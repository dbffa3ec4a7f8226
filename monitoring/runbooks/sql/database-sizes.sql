-- Tells: how large each database is.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: the one at the top is where to ask largest-relations. Their sum well below the used disk: the rest is WAL, temporary files and logs; ask
--   wal-directory and slots.
SELECT datname, pg_size_pretty(pg_database_size(oid)) AS size, pg_size_pretty(sum(pg_database_size(oid)) OVER ()) AS of_all
  FROM pg_database
 WHERE datname NOT IN ('rdsadmin')
 ORDER BY pg_database_size(oid) DESC
 LIMIT 20;
