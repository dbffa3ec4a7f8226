-- Tells: how many clients of each pool work, how many wait, for how long, and what its server connections do.
-- Run on: pgbouncer
-- Database: pgbouncer
-- Role: stats_users
-- Means: cl_waiting above 0 with sv_active at pool_size: all connections are busy. cl_waiting above 0 with sv_login above 0 or no sv_ at all: PgBouncer cannot
--   connect to the server. maxwait is in seconds.
SHOW POOLS;
