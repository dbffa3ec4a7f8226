-- Tells: how many connections ordinary roles can have, how many are taken, and limits of single roles and databases.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: "used" close to "most" in the row of the server: new connections are refused with 53300 (too many clients). In the row of a
--   role or a database: only that one is refused.
SELECT 'server' AS limited, '' AS name, count(*) AS used,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0)
         - coalesce(current_setting('rds.rds_superuser_reserved_connections', true)::int, 0) AS most
  FROM pg_stat_activity
 WHERE backend_type = 'client backend'
UNION ALL
SELECT 'database', d.datname, (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid), d.datconnlimit
  FROM pg_database d
 WHERE d.datconnlimit >= 0
UNION ALL
SELECT 'role', r.rolname, (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid), r.rolconnlimit
  FROM pg_roles r
 WHERE r.rolconnlimit >= 0
 ORDER BY 1 DESC, 3 DESC
 LIMIT 50;
