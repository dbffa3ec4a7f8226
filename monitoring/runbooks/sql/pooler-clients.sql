-- Tells: which clients are connected to PgBouncer, and since when.
-- Run on: pgbouncer
-- Database: pgbouncer
-- Role: stats_users
-- Means: many rows of one address or application_name: its pool is too large. state "waiting": it waits for a server connection.
SHOW CLIENTS;
