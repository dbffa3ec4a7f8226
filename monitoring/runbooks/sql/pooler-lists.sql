-- Tells: how many clients and servers PgBouncer has in all.
-- Run on: pgbouncer
-- Database: pgbouncer
-- Role: stats_users
-- Means: used_clients against max_client_conn of SHOW CONFIG: at the limit the next one is refused.
SHOW LISTS;
