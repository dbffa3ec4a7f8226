-- Tells: which settings differ from the server's defaults, and where each comes from.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: compare with what the parameter group or the configuration in your repository says. source "database" or "user" is an ALTER DATABASE or ALTER ROLE.
SELECT name, CASE WHEN name ~ 'conninfo|command|ssl_passphrase' THEN '[not shown]' ELSE setting END AS value, unit, source, pending_restart
  FROM pg_settings
 WHERE source NOT IN ('default', 'override', 'client', 'session')
 ORDER BY source = 'configuration file', name
 LIMIT 50;
