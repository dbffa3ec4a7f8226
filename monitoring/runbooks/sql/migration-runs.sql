-- Tells: what the last runs of Howdah did to this database, and how each ended.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: outcome empty: running now, or killed. error_code is the code that the command printed. An error about howdah.run: no deploy of Howdah ran here.
SELECT r.started_at, r.verb, r.outcome, r.error_code, date_trunc('second', r.finished_at - r.started_at) AS took, r.runner_version,
       (SELECT count(*) FROM howdah.step s WHERE s.run_id = r.id AND s.state = 'applied') AS applied,
       (SELECT count(*) FROM howdah.step s WHERE s.run_id = r.id AND s.state = 'failed') AS failed
  FROM howdah.run r
 ORDER BY r.started_at DESC
 LIMIT 10;
