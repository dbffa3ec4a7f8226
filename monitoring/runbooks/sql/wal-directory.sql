-- Tells: how much WAL lies on the disk, and how much waits to be archived.
-- Run on: primary
-- Database: any
-- Role: monitor
-- Means: size far above max_wal_size: something holds WAL back. to_archive above a few: the archive command fails, ask archiver. Else a slot: ask
--   slots. Aurora has no such directory and refuses.
SELECT count(*) AS segments, pg_size_pretty(sum(w.size)) AS size, min(w.modification) AS oldest,
       (SELECT count(*) FROM pg_ls_archive_statusdir() a WHERE a.name LIKE '%.ready') AS to_archive,
       current_setting('max_wal_size') AS max_wal_size, current_setting('wal_keep_size') AS wal_keep_size
  FROM pg_ls_waldir() w;
