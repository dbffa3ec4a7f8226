-- Undoes migration.sql and extra.sql: indexes and CHECK constraints go with their table.
DROP TABLE users;
