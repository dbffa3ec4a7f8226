-- Tells: how much of each sequence's numbers is used up, and which column it feeds.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: highest is the end: of the sequence, or of its column where that is narrower (Prisma's Int is an integer, 2147483647). At the end every insert fails.
--   last_value empty: never used, or the role may not read it; ask unreadable-sequences.
SELECT s.schemaname, s.sequencename, s.last_value, least(s.max_value, width.highest) AS highest,
       round(100.0 * s.last_value / least(s.max_value, width.highest), 1) AS used_percent, s.data_type AS sequence_type,
       d.refobjid::regclass AS feeds_table, a.attname AS feeds_column, format_type(a.atttypid, a.atttypmod) AS column_type
  FROM pg_sequences s
  JOIN pg_namespace n ON n.nspname = s.schemaname
  JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = n.oid AND c.relkind = 'S'
  LEFT JOIN (
    SELECT objid AS sequence, refobjid, refobjsubid FROM pg_depend
     WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjsubid > 0
    UNION
    SELECT p.refobjid, f.adrelid, f.adnum FROM pg_depend p JOIN pg_attrdef f ON f.oid = p.objid
     WHERE p.classid = 'pg_attrdef'::regclass AND p.refclassid = 'pg_class'::regclass
  ) AS d ON d.sequence = c.oid
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  CROSS JOIN LATERAL (SELECT CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END::bigint AS highest) AS width
 WHERE NOT s.cycle
 ORDER BY s.last_value::numeric / least(s.max_value, width.highest) DESC NULLS LAST, 1, 2
 LIMIT 30;
