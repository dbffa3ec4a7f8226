import { expect } from 'vitest'
import { cli } from '../harness/cli.ts'
import { fingerprint, INVALID_INDEXES } from '../harness/fingerprint.ts'
import { query } from '../harness/postgres.ts'
import type { TestProject } from '../harness/project.ts'

/** One for each statement below that must take effect exactly once. */
const COUNTERS = [
  'in one transaction',
  'before a build',
  'between builds',
  'after a build',
  'in extra SQL',
  'after extra SQL',
  'beside an enum value',
  'after a use of it',
  'in a block',
  'after a drop',
  'after VACUUM',
  'last',
] as const

const count = (name: (typeof COUNTERS)[number]) =>
  `UPDATE counter SET n = n + 1 WHERE name = '${name}';\nINSERT INTO journal VALUES ('${name}');`

/** What is there before the first migration: a table big enough that its indexes take a while to build. */
export const BIG_TABLE = [
  'CREATE SCHEMA big',
  'CREATE TABLE big.item (id int PRIMARY KEY, name text NOT NULL, price numeric NOT NULL)',
  'INSERT INTO big.item SELECT i, md5(i::text), i % 1000 FROM generate_series(1, 80000) i',
  'CREATE INDEX item_old ON big.item (price)',
]

/** A history with every kind of step: whole files, statements, builds outside a transaction; nothing in it may run twice. */
export const HISTORY: Readonly<Record<string, string>> = {
  '01_init/migration.sql': [
    'CREATE TABLE counter (name text PRIMARY KEY, n int NOT NULL DEFAULT 0);',
    'CREATE TABLE journal (what text NOT NULL);',
    ...COUNTERS.map(name => `INSERT INTO counter (name) VALUES ('${name}');`),
    "CREATE TYPE mood AS ENUM ('fine');",
    'CREATE TABLE feeling (mood mood NOT NULL);',
  ].join('\n'),
  '02_file/migration.sql': `${count('in one transaction')}\nALTER TABLE counter ADD COLUMN note text;\nCREATE VIEW counted AS SELECT sum(n) AS total FROM counter;`,
  '03_indexes/migration.sql': [
    count('before a build'),
    'CREATE INDEX CONCURRENTLY item_name ON big.item (name);',
    count('between builds'),
    'CREATE UNIQUE INDEX CONCURRENTLY "Item Name Price" ON big.item (name, price);',
    count('after a build'),
  ].join('\n'),
  '03_indexes/extra.sql': [
    count('in extra SQL'),
    'CREATE INDEX CONCURRENTLY item_cheap ON big.item (price) WHERE price < 100;',
    count('after extra SQL'),
  ].join('\n'),
  '04_enum/migration.sql': [
    count('beside an enum value'),
    "ALTER TYPE mood ADD VALUE 'great';",
    "INSERT INTO feeling VALUES ('great');",
    count('after a use of it'),
  ].join('\n'),
  '05_block/migration.sql': [
    `DO $$ BEGIN UPDATE counter SET n = n + 1 WHERE name = 'in a block'; INSERT INTO journal VALUES ('in a block'); END $$;`,
    'CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS $$ SELECT i * 2; $$;',
  ].join('\n'),
  '06_drop/migration.sql': [
    'DROP INDEX CONCURRENTLY big.item_old;',
    count('after a drop'),
    'CREATE INDEX CONCURRENTLY item_new ON big.item (price, id);',
  ].join('\n'),
  '07_vacuum/migration.sql': `VACUUM (ANALYZE) counter;\n${count('after VACUUM')}`,
  '08_last/migration.sql': `${count('last')}\nALTER TABLE big.item ADD COLUMN stock int NOT NULL DEFAULT 0;`,
  '08_last/extra.sql': 'CREATE INDEX CONCURRENTLY item_stock ON big.item (stock);',
}

export const deployHere = (project: TestProject, url: string, ...args: string[]) =>
  cli(['migrate', 'deploy', '--log-format', 'json', ...args], {
    cwd: project.directory,
    env: { DATABASE_URL: url },
  })

/** Deploys undisturbed what was disturbed before, and looks at all of it. */
export async function expectConverged(
  project: TestProject,
  url: string,
  expected: readonly string[],
  context: string,
): Promise<void> {
  const result = await deployHere(project, url)
  expect(result.exit, `${context}\n${result.stdout}${result.stderr}`).toBe(0)
  expect(await query(url, 'SELECT name FROM counter WHERE n <> 1'), context).toEqual([])
  expect(await query(url, INVALID_INDEXES), context).toEqual([])
  expect(await fingerprint(url), context).toEqual(expected)
  expect(
    await query(
      url,
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL',
    ),
    context,
  ).toEqual([])
  const status = await cli(['migrate', 'status'], { cwd: project.directory, env: { DATABASE_URL: url } })
  expect(status.exit, `${context}\n${status.stdout}`).toBe(0)
}
