/** A history with what people write by hand into migration.sql, and what they put into extra.sql and repeatable/. */
export const HAND_MADE: Readonly<Record<string, string>> = {
  '20250101000000_init/migration.sql': `
CREATE TYPE "Kind" AS ENUM ('a', 'b');
CREATE TABLE "posts" ("id" SERIAL NOT NULL, "title" TEXT NOT NULL, "body" TEXT, "kind" "Kind", CONSTRAINT "posts_pkey" PRIMARY KEY ("id"));
ALTER TABLE "posts" ADD COLUMN "search" tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce("body", 'x;y'))) STORED;
ALTER TABLE "posts" ADD COLUMN "words" tsvector GENERATED ALWAYS AS (to_tsvector('simple', "title")) STORED;
CREATE INDEX "posts_search" ON "posts" USING gin ("search");
CREATE INDEX "posts_lower" ON "posts" (lower("title"));
CREATE INDEX "posts_published" ON "posts" ("title") WHERE "body" IS NOT NULL;
CREATE INDEX "posts_included" ON "posts" ("title") INCLUDE ("body");
CREATE INDEX "posts_pattern" ON "posts" ("title" text_pattern_ops);
CREATE INDEX "posts_nulls" ON "posts" ("body" NULLS FIRST);
CREATE INDEX "posts_c" ON "posts" ("body" COLLATE "C");
CREATE INDEX "posts_gin" ON "posts" USING gin (to_tsvector('english', "title"));
CREATE TABLE "log" ("at" DATE NOT NULL, "line" TEXT, CONSTRAINT "log_pkey" PRIMARY KEY ("at")) PARTITION BY RANGE ("at");
CREATE TABLE "log_2025" PARTITION OF "log" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := 'a;b'; RETURN NEW; END; $$;
CREATE TRIGGER touched BEFORE INSERT ON "posts" FOR EACH ROW EXECUTE FUNCTION touch();
`,
  '20250101000000_init/extra.sql': `
CREATE INDEX CONCURRENTLY extra_first ON posts (kind);
ALTER INDEX extra_first RENAME TO extra_plain;
CREATE INDEX CONCURRENTLY extra_gone ON posts (kind, id);
DROP INDEX extra_gone;
CREATE TYPE extra_kind AS ENUM ('x');
CREATE TABLE audit (id int PRIMARY KEY, kind extra_kind, note text DEFAULT 'x;y');
ALTER TABLE posts ADD COLUMN extra_column int;
ALTER TABLE posts ADD CONSTRAINT posts_unique UNIQUE (id, title);
ALTER TABLE posts ALTER COLUMN body SET DEFAULT 'by extra';
DO $$ BEGIN EXECUTE 'CREATE INDEX by_block ON posts (id, kind)'; END $$;
`,
}

/** `words` is in the schema, whose language has no word for its expression. */
export const HAND_MADE_SCHEMA = `
enum Kind {
  a
  b
}
model posts {
  id Int @id @default(autoincrement())
  title String
  body String?
  kind Kind?
  nickname String?
  words Unsupported("tsvector")?
}
`

/** What Prisma's engine would otherwise take away; what it does not see it leaves alone anyway. */
export const HAND_MADE_KEPT: readonly string[] = [
  'column posts.extra_column',
  'column posts.search',
  'default of column posts.body',
  'default of column posts.words',
  'index by_block',
  'index extra_plain',
  'index posts_c',
  'index posts_included',
  'index posts_nulls',
  'index posts_pattern',
  'index posts_search',
  'index posts_unique',
  'table audit',
  'table log',
  'type extra_kind',
]
