import { HowdahError } from '../core/errors.ts'
import type { Connection } from '../postgres/connect.ts'
import { ensureLedger } from './ledger-schema.ts'
import { liveIds, type RecordKind, releaseLock, takeLock } from './record-liveness.ts'

/** Columns of a record, by name. The names are ours, the values anybody's. */
export type Columns = Readonly<Record<string, string | number | Date | null>>

/**
 * Records a beginning, durably, before anything else is done; rows of the same kind that were killed get their end. The
 * session is to stay open until the end: when it is gone, what it works on counts as killed.
 * @returns the id under which the end is recorded
 * @throws HowdahError ledger-newer, privilege-missing
 */
export async function beginRecord(
  connection: Connection,
  kind: RecordKind,
  columns: Columns,
): Promise<number> {
  await ensureLedger(connection)
  const [names, values] = [Object.keys(columns), Object.values(columns)]
  const places = values.map((_, index) => `$${index + 1}`)
  return connection.transaction(async () => {
    const same = kind === 'drill' ? ['scenario'] : ['cluster', 'type']
    const sameKind = same.map((name, index) => `${name} = $${index + 1}`).join(' AND ')
    await connection.run(
      `UPDATE howdah.${kind} SET outcome = 'lost', finished_at = clock_timestamp()
        WHERE outcome IS NULL AND ${sameKind} AND NOT id = ANY(${liveIds(kind)})`,
      same.map(name => columns[name]),
    )
    const { id } = await connection.row<{ id: number }>(
      `INSERT INTO howdah.${kind} (${names.join(', ')}) VALUES (${places.join(', ')})
       RETURNING id, ${takeLock(kind, 'id')}`,
      values,
    )
    return id
  })
}

/**
 * Records an end. Not within a transaction, since the lock goes with it.
 * @throws HowdahError record-closed, and then the result counts for nothing
 */
export async function endRecord(
  connection: Connection,
  kind: RecordKind,
  id: number,
  end: Columns,
): Promise<void> {
  const sets = Object.keys(end).map((name, index) => `${name} = $${index + 2}`)
  const touched = await connection.run(
    `UPDATE howdah.${kind} SET finished_at = clock_timestamp(), ${sets.join(', ')} WHERE id = $1 AND outcome IS NULL`,
    [id, ...Object.values(end)],
  )
  await releaseLock(connection, kind, id)
  if (touched !== 1) throw new HowdahError('record-closed', { record: kind.replace('_', ' '), id })
}
