import { createHash } from 'node:crypto'
import { resolveDatabaseFolder } from '../../runner/config/database-folder.ts'
import { quietRuntime, type Runtime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { readMigrationFiles } from '../../runner/migrate/history/migration-files.ts'
import { type Connection, connect } from '../../runner/postgres/connect.ts'
import { type SeedOutcome, type SeedRequest, seed } from '../../runner/seed/seed.ts'
import { sqlStatements } from '../conformance/sql-statements.ts'
import { CHECKOUT } from '../harness/cli.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'

/** A database with every migration of the playground and no row; others are cloned from it. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  const database = await createDatabase()
  const { migrations } = await resolveDatabaseFolder(CHECKOUT, 'playground')
  const statements: string[] = []
  for (const { script = '', extra } of await readMigrationFiles(migrations))
    for (const text of [script, extra]) if (text) statements.push(...(await sqlStatements(text)))
  await execute(database.url, ...statements)
  return database
}

export async function seedDatabase(
  url: string,
  profile: string,
  wishes: Partial<SeedRequest> = {},
  runtime: Partial<Runtime> = {},
): Promise<SeedOutcome> {
  return seed({
    profile,
    folder: await resolveDatabaseFolder(CHECKOUT, 'playground'),
    url: new Secret(url),
    setting: 'databaseUrl',
    connectTimeoutMs: 10_000,
    adminEmail: 'admin@sigmaplayground.com',
    runtime: quietRuntime(runtime),
    ...wishes,
  })
}

export function connectTo(url: string): Promise<Connection> {
  return connect({
    url: new Secret(url),
    setting: 'databaseUrl',
    applicationName: 'howdah/test',
    connectTimeoutMs: 10_000,
  })
}

export const TABLES = [
  'users',
  'tags',
  'refresh_tokens',
  'workbooks',
  'workbook_tags',
  'follows',
  'favorites',
  'featured_items',
  'reports',
  'workbook_views',
] as const

/** Rows by table. */
export async function countRows(url: string): Promise<Record<string, number>> {
  const parts = TABLES.map(table => `SELECT '${table}' AS table, count(*)::int AS rows FROM ${table}`)
  const rows = await query<{ table: string; rows: number }>(url, parts.join(' UNION ALL '))
  return Object.fromEntries(rows.map(row => [row.table, row.rows]))
}

/** What all rows say, whatever order they lie in; without the administrator, who differs from database to database. */
export async function contentHash(url: string): Promise<string> {
  const hash = createHash('sha256')
  for (const table of TABLES) {
    const where = table === 'users' ? `WHERE username <> 'admin'` : ''
    const row = `(to_jsonb(t) - 'password_hash' - 'curated_by_admin_id')::text`
    const [found] = await query<{ hash: string | null }>(
      url,
      `SELECT md5(string_agg(${row}, ',' ORDER BY ${row} COLLATE "C")) AS hash FROM ${table} t ${where}`,
    )
    hash.update(`${table} ${found?.hash}\n`)
  }
  return hash.digest('hex')
}

/** Foreign keys with a row that refers to nothing; the server itself would not look again at rows it has. */
export async function brokenKeys(url: string): Promise<string[]> {
  const keys = await query<{ name: string; child: string; parent: string; column: string }>(
    url,
    `SELECT conname AS name, conrelid::regclass::text AS child, confrelid::regclass::text AS parent, attname AS column
       FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'`,
  )
  const broken: string[] = []
  for (const { name, child, parent, column } of keys) {
    const orphans = await query(
      url,
      `SELECT 1 FROM ${child} c WHERE ${column} IS NOT NULL
          AND NOT EXISTS (SELECT FROM ${parent} p WHERE p.id = c.${column}) LIMIT 1`,
    )
    if (orphans.length > 0) broken.push(name)
  }
  if (keys.length === 0) throw new Error('there are no foreign keys to look at')
  return broken
}

/** Workbooks whose counters do not say what their rows say. */
export function wrongCounters(url: string): Promise<object[]> {
  return query(
    url,
    `SELECT id FROM workbooks w
      WHERE favorite_count <> (SELECT count(*) FROM favorites f WHERE f.workbook_id = w.id)
         OR view_count <> (SELECT count(*) FROM workbook_views v WHERE v.workbook_id = w.id)`,
  )
}

/** A role that may use the tables and nothing more. */
export async function ordinaryRole(database: TestDatabase): Promise<{ url: string } & AsyncDisposable> {
  const name = `ordinary_${database.name}`
  const password = crypto.randomUUID()
  await execute(
    database.url,
    `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${name}`,
  )
  const url = new URL(database.url)
  url.username = name
  url.password = password
  const drop = () => execute(database.url, `DROP OWNED BY ${name}`, `DROP ROLE ${name}`)
  return { url: url.href, [Symbol.asyncDispose]: drop }
}
