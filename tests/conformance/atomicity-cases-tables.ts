import type { AtomicityCase } from './atomicity-case.ts'

/** Tables, data, constraints and types; each becomes one transaction. */
export const TABLE_CASES: readonly AtomicityCase[] = [
  { name: 'a table', statements: ['CREATE TABLE a (id int)'] },
  {
    name: 'tables and keys',
    statements: [
      'CREATE TABLE a (id int PRIMARY KEY)',
      'CREATE TABLE b (a int REFERENCES a)',
      'CREATE INDEX ON b (a)',
      'ALTER TABLE b ADD COLUMN c int',
    ],
  },
  {
    name: 'inserts',
    statements: [
      "INSERT INTO users VALUES (101, 'x;y', 'a')",
      'INSERT INTO users (id, email) VALUES (102, $$;$$)',
      "INSERT INTO orders VALUES (101, 101, 'new', 1)",
    ],
  },
  {
    name: 'updates and deletes',
    statements: [
      'UPDATE users SET score = score + 1',
      'DELETE FROM orders WHERE id > 50',
      "UPDATE orders SET status = 'x' WHERE id < 5",
    ],
  },
  {
    name: 'data moved',
    statements: [
      'ALTER TABLE users ADD COLUMN nick text',
      'UPDATE users SET nick = lower(name)',
      'ALTER TABLE users ALTER nick SET NOT NULL',
      'ALTER TABLE users DROP COLUMN name',
    ],
  },
  {
    name: 'upsert and returning',
    statements: [
      "INSERT INTO users VALUES (1, 'z') ON CONFLICT (id) DO UPDATE SET email = 'z'",
      'WITH d AS (DELETE FROM orders WHERE id = 1 RETURNING *) INSERT INTO orders SELECT id + 1000, user_id, status, total FROM d',
    ],
  },
  {
    name: 'truncate',
    statements: ['TRUNCATE orders', 'INSERT INTO orders VALUES (1, 1)', 'TRUNCATE users CASCADE'],
  },
  {
    name: 'column types',
    statements: [
      'ALTER TABLE users ALTER name TYPE varchar(200)',
      'ALTER TABLE users ALTER score TYPE bigint',
      'ALTER TABLE users ALTER score SET DEFAULT 7',
      'ALTER TABLE users ALTER score DROP DEFAULT',
    ],
  },
  {
    name: 'renames',
    statements: [
      'ALTER TABLE users RENAME TO people',
      'ALTER TABLE people RENAME COLUMN name TO called',
      'ALTER INDEX orders_old RENAME TO orders_new',
      'ALTER TYPE mood RENAME TO feeling',
    ],
  },
  {
    name: 'drops',
    statements: [
      'DROP VIEW paid',
      'DROP TABLE twins',
      'DROP TABLE orders',
      'DROP INDEX IF EXISTS nothing',
      'DROP TABLE users',
    ],
  },
  {
    name: 'constraints',
    statements: [
      'ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID',
      'ALTER TABLE orders VALIDATE CONSTRAINT positive',
      'ALTER TABLE orders ADD CONSTRAINT once UNIQUE (id, status)',
      'ALTER TABLE orders DROP CONSTRAINT once',
    ],
  },
  {
    name: 'an exclusion',
    statements: [
      'CREATE TABLE booking (during int4range)',
      'ALTER TABLE booking ADD CONSTRAINT alone EXCLUDE USING gist (during WITH &&)',
      "INSERT INTO booking VALUES ('[1,3)'), ('[3,5)')",
    ],
  },
  {
    name: 'an enum value unused',
    statements: [
      "ALTER TYPE mood ADD VALUE 'happy'",
      'CREATE TABLE m (mood mood)',
      "INSERT INTO m VALUES ('ok')",
    ],
  },
  {
    name: 'enum values unused',
    statements: [
      "ALTER TYPE mood ADD VALUE 'happy' BEFORE 'ok'",
      "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad' AFTER 'ok'",
      "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
    ],
  },
  {
    name: 'an enum made and used',
    statements: [
      "CREATE TYPE size AS ENUM ('s', 'm')",
      "ALTER TABLE users ADD COLUMN size size DEFAULT 's'",
      "UPDATE users SET size = 'm' WHERE id = 1",
    ],
  },
  {
    name: 'a block',
    statements: [
      "DO $$ BEGIN UPDATE users SET score = 0; INSERT INTO event VALUES ('2026-01-06', ';'); END $$",
      'DO $x$ DECLARE i int; BEGIN FOR i IN 1..3 LOOP EXECUTE format($y$CREATE TABLE loop_%s (id int);$y$, i); END LOOP; END; $x$',
    ],
  },
  {
    name: 'a block that catches',
    statements: [
      "DO $$ BEGIN CREATE TYPE mood AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
      'CREATE TABLE after_it (id int)',
    ],
  },
]
