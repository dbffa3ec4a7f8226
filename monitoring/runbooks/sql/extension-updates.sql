-- Tells: which extensions are older than what the server has to offer.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: each row wants ALTER EXTENSION … UPDATE. It is usual after an upgrade of the server, which does not do it.
SELECT e.extname AS extension, e.extversion AS installed, a.default_version AS available, pg_get_userbyid(e.extowner) AS owner
  FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname
 WHERE a.default_version <> e.extversion
 ORDER BY 1
 LIMIT 50;
