-- Tells: how full pg_stat_statements is, how often it made room, and how many entries look like one statement with different texts.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: entries near most and dealloc growing: rare statements are forgotten before anybody sees them. called_once near entries: somebody puts
--   values or lists of changing length into the text.
SELECT set_config('search_path', (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                                   WHERE e.extname = 'pg_stat_statements') || ', pg_catalog', false);
SELECT count(*) AS entries, current_setting('pg_stat_statements.max')::int AS most, count(*) FILTER (WHERE s.calls = 1) AS called_once,
       (SELECT dealloc FROM pg_stat_statements_info) AS dealloc, (SELECT stats_reset FROM pg_stat_statements_info) AS stats_reset
  FROM pg_stat_statements(false) s;
