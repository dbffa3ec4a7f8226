-- Tells: how many transaction ids and multixacts each database has used, and when autovacuum should have frozen.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: percent_used 100 is where the server refuses every write; it warns in its log from about 98. xid_age above freeze_at: autovacuum
--   should have acted. The database at the top is the one to connect to.
SELECT datname, age(datfrozenxid) AS xid_age, mxid_age(datminmxid) AS multixact_age,
       current_setting('autovacuum_freeze_max_age')::bigint AS freeze_at,
       current_setting('autovacuum_multixact_freeze_max_age')::bigint AS multixact_freeze_at,
       round(100.0 * greatest(age(datfrozenxid), mxid_age(datminmxid)) / 2147483648, 1) AS percent_used, datallowconn
  FROM pg_database
 ORDER BY greatest(age(datfrozenxid), mxid_age(datminmxid)) DESC
 LIMIT 50;
