-- Tells: how many sessions use TLS, and which.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: tls false: such clients do not check any certificate and keep working when it expires. The others fail when they verify.
SELECT s.ssl AS tls, s.version, a.usename, a.application_name, count(*) AS sessions
  FROM pg_stat_ssl s JOIN pg_stat_activity a ON a.pid = s.pid
 WHERE a.backend_type = 'client backend'
 GROUP BY 1, 2, 3, 4
 ORDER BY 5 DESC
 LIMIT 30;
