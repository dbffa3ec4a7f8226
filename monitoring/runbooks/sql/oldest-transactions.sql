-- Tells: which transactions have been open longest, and who has them.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: state "idle in transaction": the application began and forgot; nothing runs, its locks stay. State "active": look at
--   long-queries. xmin_age is how many transactions of dead rows VACUUM has to keep because of it.
SELECT pid, datname, usename, application_name, client_addr, state,
       date_trunc('second', clock_timestamp() - xact_start) AS transaction,
       date_trunc('second', clock_timestamp() - state_change) AS in_state,
       age(backend_xmin) AS xmin_age, left(query, 200) AS query
  FROM pg_stat_activity
 WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type <> 'walsender'
 ORDER BY xact_start
 LIMIT 20;
