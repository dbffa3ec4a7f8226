-- Tells: which connections PgBouncer has to the server, and what each does.
-- Run on: pgbouncer
-- Database: pgbouncer
-- Role: stats_users
-- Means: state "active" for long: a client holds it in a transaction; link is the client's ptr. remote_pid is the pid in pg_stat_activity. "login": it is connecting.
SHOW SERVERS;
