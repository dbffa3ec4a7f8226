import { escapeLiteral } from 'pg'
import type { Connection } from '../postgres/connect.ts'

/** The checksum each repeatable was last applied with; none where there is no ledger yet, or an older one. */
export async function readRepeatables(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const { present } = await connection.row<{ present: boolean }>(
    `SELECT to_regclass('howdah.repeatable') IS NOT NULL AS present`,
  )
  if (!present) return new Map()
  const rows = await connection.rows<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM howdah.repeatable',
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

export interface RepeatableStatistics {
  readonly count: number
  /** Unix time in seconds; `null` before the first. */
  readonly lastAppliedAt: number | null
}

/** What is on record of repeatables, in a ledger that has them. */
export async function readRepeatableStatistics(connection: Connection): Promise<RepeatableStatistics> {
  return connection.row<RepeatableStatistics>(
    `SELECT count(*)::float8 AS count, extract(epoch FROM max(applied_at))::float8 AS "lastAppliedAt" FROM howdah.repeatable`,
  )
}

/** Records an application, as a statement of the transaction it happens in. */
export function appliedRepeatable(name: string, checksum: string, runId: string, at: Date): string {
  const values = [name, checksum, runId, at.toISOString()].map(value => escapeLiteral(value)).join(', ')
  return `INSERT INTO howdah.repeatable (name, checksum, run_id, applied_at) VALUES (${values})
    ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, run_id = excluded.run_id, applied_at = excluded.applied_at`
}

/** Something outside of `repeatable/` dropped what they make: the next deploy applies them again. */
export function forgottenRepeatables(names: readonly string[]): string {
  return `DELETE FROM howdah.repeatable WHERE name IN (${names.map(name => escapeLiteral(name)).join(', ')})`
}
