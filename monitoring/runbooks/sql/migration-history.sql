-- Tells: what became of the last migrations, as Prisma records it.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: finished_at and rolled_back_at both empty: that one failed, or is running now. logs has the error. The table is in the schema of the URL; public here.
SELECT migration_name, started_at, finished_at, rolled_back_at, applied_steps_count AS steps, left(logs, 500) AS logs
  FROM public._prisma_migrations
 ORDER BY started_at DESC
 LIMIT 10;
