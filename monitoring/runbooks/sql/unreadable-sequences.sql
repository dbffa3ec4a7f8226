-- Tells: which sequences the role that asks may not read.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: ask as the role that monitors (the user of the URL of howdah serve): each row is a sequence nobody watches. No row: it reads them all now.
WITH sequence AS MATERIALIZED (
  SELECT oid, relname, relnamespace, relowner FROM pg_class WHERE relkind = 'S' AND relpersistence <> 't'
)
SELECT n.nspname AS schema, s.relname AS sequence, pg_get_userbyid(s.relowner) AS owner, current_user AS asked_as,
       has_schema_privilege(n.oid, 'USAGE') AS may_see_schema
  FROM sequence s JOIN pg_namespace n ON n.oid = s.relnamespace
 WHERE NOT has_sequence_privilege(s.oid, 'SELECT, USAGE')
 ORDER BY 1, 2
 LIMIT 50;
