-- What Prisma cannot express about users. The runner executes each statement on its own, outside any transaction.
--
-- A constraint comes as two statements on purpose: NOT VALID takes the ACCESS EXCLUSIVE lock but reads no row, and
-- VALIDATE reads every row but under SHARE UPDATE EXCLUSIVE, which lets reads and writes pass. The lock that stops
-- everybody is then never held over a scan.

ALTER TABLE users ADD CONSTRAINT check_username_format
  CHECK (username ~ '^[a-zA-Z0-9_-]{3,50}$') NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT check_username_format;

ALTER TABLE users ADD CONSTRAINT check_email_format
  CHECK (email ~ '^[^\s@]+@[^\s@]+\.[^\s@]+$') NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT check_email_format;

CREATE INDEX CONCURRENTLY idx_users_username_lower ON users(LOWER(username));
CREATE INDEX CONCURRENTLY idx_users_email_lower ON users(LOWER(email));
