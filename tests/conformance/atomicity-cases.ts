import { type AtomicityCase, commented, FUNCTION, onWindows } from './atomicity-case.ts'
import { OBJECT_CASES } from './atomicity-cases-objects.ts'
import { TABLE_CASES } from './atomicity-cases-tables.ts'

/** What every case starts from. */
export const PRELUDE = [
  "CREATE TYPE mood AS ENUM ('sad', 'ok');",
  'CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text, mood mood, score int DEFAULT 0);',
  "INSERT INTO users SELECT i, 'u' || i || '@example.com', 'User ' || i, 'ok', i FROM generate_series(1, 20) i;",
  'CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, status text, total numeric(10, 2));',
  "INSERT INTO orders SELECT i, 1 + i % 20, CASE i % 3 WHEN 0 THEN 'new' ELSE 'paid' END, i FROM generate_series(1, 60) i;",
  'CREATE INDEX orders_old ON orders (status);',
  'CREATE INDEX "Orders Total" ON orders (total);',
  'CREATE VIEW paid AS SELECT id, total FROM orders WHERE status = $$paid$$;',
  'CREATE TABLE event (at date NOT NULL, what text) PARTITION BY RANGE (at);',
  "CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');",
  "INSERT INTO event VALUES ('2026-01-05', 'a;b');",
  'CREATE TABLE "Quoted; Table" ("a;b" int, "c""d" text);',
  'CREATE TABLE twins (id int);',
  'INSERT INTO twins VALUES (1), (1);',
  'CREATE TABLE anchor (id int PRIMARY KEY);',
  'CREATE TABLE late (id int REFERENCES anchor DEFERRABLE INITIALLY DEFERRED);',
  'CREATE SEQUENCE ticket;',
].join('\n')

/** Each has something that Postgres refuses in a transaction, or that another statement may use only after a commit. */
const STEPWISE: readonly AtomicityCase[] = [
  {
    name: 'an enum value used',
    statements: [
      "ALTER TYPE mood ADD VALUE 'happy'",
      "UPDATE users SET mood = 'happy' WHERE id = 1",
      'CREATE TABLE x (id int)',
    ],
  },
  {
    name: 'an enum value as a default',
    statements: [
      'UPDATE users SET score = score + 1',
      "ALTER TYPE mood ADD VALUE 'it''s' BEFORE 'sad'",
      "ALTER TABLE users ALTER mood SET DEFAULT 'it''s'",
      'UPDATE users SET score = score + 1',
    ],
  },
  { name: 'a concurrent index', statements: ['CREATE INDEX CONCURRENTLY users_score ON users (score)'] },
  {
    name: 'concurrent indexes among data',
    statements: [
      'UPDATE users SET score = score + 1000',
      'CREATE UNIQUE INDEX CONCURRENTLY "Users; Score" ON users (score)',
      'UPDATE users SET score = score + 1000',
      'CREATE INDEX CONCURRENTLY ON_lower ON users (lower(email)) WHERE id > 3',
      'CREATE TABLE x (id int)',
    ],
  },
  {
    name: 'concurrent drops',
    statements: [
      'DROP INDEX CONCURRENTLY orders_old',
      'INSERT INTO twins VALUES (3)',
      'DROP INDEX CONCURRENTLY IF EXISTS "Orders Total"',
    ],
  },
  {
    name: 'an index replaced',
    statements: [
      'CREATE INDEX CONCURRENTLY orders_next ON orders (status, id)',
      'DROP INDEX CONCURRENTLY orders_old',
      'ALTER INDEX orders_next RENAME TO orders_old',
    ],
  },
  {
    name: 'a constraint from a concurrent index',
    statements: [
      'CREATE UNIQUE INDEX CONCURRENTLY orders_once ON orders (id, user_id)',
      'ALTER TABLE orders ADD CONSTRAINT orders_once UNIQUE USING INDEX orders_once',
    ],
  },
  {
    name: 'VACUUM',
    statements: [
      'DELETE FROM orders WHERE id < 10',
      'VACUUM (ANALYZE) orders',
      'INSERT INTO twins VALUES (4)',
    ],
  },
  {
    name: 'REINDEX',
    statements: [
      'INSERT INTO twins VALUES (5)',
      'REINDEX INDEX CONCURRENTLY orders_old',
      'REINDEX TABLE CONCURRENTLY users',
      'INSERT INTO twins VALUES (6)',
    ],
  },
  onWindows({
    name: 'a mixture, line ends of Windows',
    statements: [
      FUNCTION,
      'CREATE INDEX CONCURRENTLY\n  users_mood ON users (mood)',
      'DO $$ BEGIN\n UPDATE users SET score = score + 1; END $$',
    ],
  }),
  {
    name: 'a mixture with comments',
    statements: [
      "INSERT INTO event VALUES ('2026-01-07', ';')",
      'CREATE INDEX CONCURRENTLY users_c ON users (id, score)',
      'CREATE VIEW v AS SELECT 1 AS one',
    ],
    write: commented,
  },
]

export const CASES: readonly AtomicityCase[] = [...TABLE_CASES, ...OBJECT_CASES, ...STEPWISE]
