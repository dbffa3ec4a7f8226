import { escapeLiteral } from 'pg'
import { endedRecord, forgottenRecords } from '../../ledger/step-records.ts'
import type { Connection } from '../../postgres/connect.ts'
import { rolledBackRows } from '../history/history-records.ts'
import { historyTable, insertApplied } from '../history/prisma-history.ts'
import type { ContinueRow, MendIndex, Repair } from './repair-plan.ts'

/** What a repair writes into Prisma's history and our ledger, inside the caller's transaction. */
export async function mendRows(
  connection: Connection,
  repair: Exclude<Repair, MendIndex>,
  runId: string,
  now: Date,
): Promise<void> {
  const { migration } = repair
  if (repair.kind === 'checksum') {
    await connection.run(
      `UPDATE ${historyTable(connection)} SET checksum = ${escapeLiteral(repair.checksum)}
        WHERE id = ${escapeLiteral(repair.rowId)} AND checksum = ${escapeLiteral(repair.recorded)}`,
    )
    return
  }
  switch (repair.how) {
    case 'rolled-back':
      await connection.run(rolledBackRows(connection, migration, now))
      await connection.run(forgottenRecords(migration, 'migration.sql'))
      return
    case 'applied':
      await connection.run(rolledBackRows(connection, migration, now))
      await insertApplied(connection, { name: migration, checksum: repair.checksum, at: now })
      return
    case 'goes-on':
      // What an older attempt left on record, resolved since, is not about this one.
      await connection.run(forgottenRecords(migration, 'migration.sql'))
      for (const record of recordsOf(repair, runId, now)) await connection.run(record)
  }
}

/** Never before the row they stand beside, which another machine's clock has dated: older ones are of another attempt. */
function recordsOf({ migration, rowStartedAt, statements }: ContinueRow, runId: string, now: Date): string[] {
  const at = now > rowStartedAt ? now : rowStartedAt
  return statements.map(({ ordinal, checksum, summary, state }) => {
    const step = {
      runId,
      migration,
      file: 'migration.sql',
      scope: 'statement',
      ordinal,
      checksum,
      summary,
    } as const
    const error = state === 'failed' ? 'it left its index INVALID, under another tool' : undefined
    const end = { state, attempts: 1, lockWaitMs: 0, blockers: [], rows: null, error }
    return endedRecord(step, at, end, at)
  })
}
