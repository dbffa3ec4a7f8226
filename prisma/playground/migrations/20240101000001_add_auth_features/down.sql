DROP TABLE refresh_tokens;

-- The index on is_active goes with the column.
ALTER TABLE users
  DROP COLUMN last_login_at,
  DROP COLUMN is_verified,
  DROP COLUMN is_active;
