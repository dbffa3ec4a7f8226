-- Tells: which indexes of one table are equal: same columns, order, operators, expressions and condition.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: one of each row is enough. Keep the one that a constraint needs, or the unique one (constraints, uniques); drop the others.
SELECT x.indrelid::regclass AS "table", array_agg(c.relname ORDER BY c.relname) AS indexes,
       array_agg(c.relname ORDER BY c.relname) FILTER (WHERE EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)) AS constraints,
       array_agg(c.relname ORDER BY c.relname) FILTER (WHERE x.indisunique) AS uniques,
       pg_size_pretty((sum(c.relpages) - max(c.relpages)) * current_setting('block_size')::int) AS to_gain
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE x.indisvalid AND NOT x.indisexclusion AND c.relpersistence <> 't' AND NOT c.relispartition
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
 GROUP BY x.indrelid, c.relam, x.indnkeyatts, x.indkey::text, x.indclass::text, x.indcollation::text, x.indoption::text,
          regexp_replace(coalesce(x.indexprs::text, ''), ':(location|list_start|list_end) -?[0-9]+', '', 'g'),
          regexp_replace(coalesce(x.indpred::text, ''), ':(location|list_start|list_end) -?[0-9]+', '', 'g')
HAVING count(*) > 1
 ORDER BY sum(c.relpages) - max(c.relpages) DESC, 1
 LIMIT 30;
