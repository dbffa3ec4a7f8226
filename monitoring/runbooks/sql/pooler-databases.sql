-- Tells: which databases PgBouncer serves, how large each pool may be, and whether it is paused or disabled.
-- Run on: pgbouncer
-- Database: pgbouncer
-- Role: stats_users
-- Means: paused 1: somebody gave PAUSE. disabled 1: somebody gave DISABLE. host and port are where it connects to: is that the primary?
SHOW DATABASES;
