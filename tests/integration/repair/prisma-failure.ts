import { createHash } from 'node:crypto'
import { Client, escapeIdentifier } from 'pg'
import { parseScript } from '../../../runner/sql/parse.ts'
import type { TestDatabase } from '../../harness/postgres.ts'

export interface PrismaFailure {
  readonly name: string
  readonly script: string
  /** How many statements took effect before it failed. */
  readonly count: number
  readonly schema?: string
}

/**
 * Leaves what Prisma's native engine (from 7.4 on) leaves when a migration fails: its row inserted first, each statement
 * committed by itself, the error in `logs`, and the row open. The statement behind the last one is not sent; what it may have
 * left is up to the test.
 */
export async function failUnderPrisma(
  db: TestDatabase,
  { name, script, count, schema = 'public' }: PrismaFailure,
): Promise<void> {
  const client = new Client(db.url)
  await client.connect()
  try {
    const history = `${escapeIdentifier(schema)}._prisma_migrations`
    await client.query(`SET search_path = ${escapeIdentifier(schema)}`)
    const id = crypto.randomUUID()
    await client.query(
      `INSERT INTO ${history} (id, checksum, started_at, migration_name) VALUES ($1, $2, now(), $3)`,
      [id, createHash('sha256').update(script).digest('hex'), name],
    )
    const parsed = await parseScript(script)
    if (!parsed.ok) throw new Error(parsed.reason)
    for (const { text } of parsed.statements.slice(0, count)) await client.query(text)
    await client.query(`UPDATE ${history} SET logs = $2 WHERE id = $1`, [
      id,
      'A migration failed to apply. New migrations cannot be applied before the error is recovered from.',
    ])
  } finally {
    await client.end()
  }
}
