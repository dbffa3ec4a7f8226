-- Tells: which settings were changed and wait for a restart.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: value is what is in force; the new one takes effect with the next restart. No row: nothing waits.
SELECT name, CASE WHEN name ~ 'conninfo|command|ssl_passphrase' THEN '[not shown]' ELSE setting END AS value, unit, context, source
  FROM pg_settings
 WHERE pending_restart
 ORDER BY name
 LIMIT 50;
