-- Tells: what keeps VACUUM from removing dead rows and from freezing: sessions, slots, prepared transactions, replicas.
-- Run on: primary
-- Database: any
-- Role: monitor
-- Means: the first row is the oldest, and the one to end. session: end it. slot: bring its consumer back, or drop it. prepared: commit or roll
--   it back. standby: a long query on that replica, handed on by hot_standby_feedback.
SELECT 'session' AS held_by, pid::text AS which, concat_ws(' ', datname, usename, application_name, state) AS who,
       greatest(age(backend_xmin), age(backend_xid)) AS xmin_age, xact_start AS since
  FROM pg_stat_activity
 WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid() AND backend_type <> 'walsender'
UNION ALL
SELECT 'prepared', gid, concat_ws(' ', database, owner), age(transaction), prepared
  FROM pg_prepared_xacts
UNION ALL
SELECT 'slot', slot_name, concat_ws(' ', slot_type, database, CASE WHEN active THEN 'active' ELSE 'inactive' END),
       greatest(age(xmin), age(catalog_xmin)), NULL
  FROM pg_replication_slots
 WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
UNION ALL
SELECT 'standby', pid::text, concat_ws(' ', application_name, client_addr), age(backend_xmin), backend_start
  FROM pg_stat_replication
 WHERE backend_xmin IS NOT NULL
 ORDER BY 4 DESC NULLS LAST
 LIMIT 20;
