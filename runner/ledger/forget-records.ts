import type { Connection } from '../postgres/connect.ts'

/**
 * Deletes old rows of backups, verifications, drills and backfills that ended before `before`, all or nothing. What stays
 * whatever its age: backups that are still there, and of each kind the newest row and the newest good one, since monitoring
 * is told from them. What is deleted stays counted.
 * @returns how many rows went
 */
export async function forgetRecords(connection: Connection, before: Date): Promise<number> {
  const counts = await connection.transaction(async () => [
    await forgetCounted(connection, 'backup', before),
    await forgetCounted(connection, 'backup_verification', before),
    await connection.run(
      `DELETE FROM howdah.drill AS old WHERE finished_at < $1
          AND EXISTS (SELECT FROM howdah.drill AS newer WHERE newer.scenario = old.scenario AND newer.id > old.id AND newer.outcome IS NOT NULL)`,
      [before],
    ),
    await connection.run(`DELETE FROM howdah.backfill WHERE finished_at < $1 AND outcome = 'done'`, [before]),
  ])
  return counts.reduce((sum: number, count) => sum + (count ?? 0), 0)
}

async function forgetCounted(
  connection: Connection,
  record: 'backup' | 'backup_verification',
  before: Date,
): Promise<number> {
  const newer = (condition: string) =>
    `EXISTS (SELECT FROM howdah.${record} AS newer
      WHERE newer.cluster = old.cluster AND newer.type = old.type AND newer.id > old.id AND ${condition})`
  const isGood = (row: string) =>
    record === 'backup'
      ? `(${row}.outcome = 'succeeded' AND ${row}.removed_at IS NULL)`
      : `(${row}.outcome = 'passed')`
  const isThere = record === 'backup' ? `AND NOT (${isGood('old')} AND (kept_until >= $1) IS NOT FALSE)` : ''
  const { gone } = await connection.row<{ gone: number }>(
    `WITH gone AS (
       DELETE FROM howdah.${record} AS old
        WHERE finished_at < $1 ${isThere} AND ${newer('newer.outcome IS NOT NULL')}
          AND (NOT ${isGood('old')} OR ${newer(isGood('newer'))})
       RETURNING cluster, type, outcome
     ), counted AS (
       INSERT INTO howdah.forgotten AS f (record, cluster, type, outcome, count)
       SELECT '${record}', cluster, type, outcome, count(*) FROM gone GROUP BY cluster, type, outcome
       ON CONFLICT (record, cluster, type, outcome) DO UPDATE SET count = f.count + excluded.count
     )
     SELECT count(*)::int AS gone FROM gone`,
    [before],
  )
  return gone
}
