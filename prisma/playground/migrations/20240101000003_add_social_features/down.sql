-- Undoes migration.sql and extra.sql: indexes go with their table.
DROP TABLE follows;
DROP TABLE favorites;
