import type { Connection } from '../postgres/connect.ts'

/** Records with a beginning and an end, by the name of their table. */
export type RecordKind = 'backup' | 'backup_verification' | 'drill' | 'backfill'

/**
 * Whoever works on a record holds an advisory lock for it, keyed by one of these ("how" in ASCII, and a digit) and the row's
 * id, until its session ends. That tells a row without an end that is under way from one whose process was killed: at once,
 * without a clock, and for every role, since pg_locks hides nothing.
 */
const LOCK_CLASS: Readonly<Record<RecordKind, number>> = {
  backup: 0x68_6f_77_31,
  backup_verification: 0x68_6f_77_32,
  drill: 0x68_6f_77_33,
  backfill: 0x68_6f_77_34,
}

/** As SQL, the ids of one kind that a session works on: an array, computed once for a statement. */
export const liveIds = (kind: RecordKind): string => `ARRAY(
  SELECT l.objid::bigint::int FROM pg_catalog.pg_locks l
   WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = ${LOCK_CLASS[kind]} AND l.objsubid = 2
     AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))`

/** As SQL, takes the lock of a row; the session waits for nobody, since a new id is its own. */
export const takeLock = (kind: RecordKind, id: string): string =>
  `pg_catalog.pg_advisory_lock(${LOCK_CLASS[kind]}, ${id})`

/** Whether the session got the lock of a row that others may hold. */
export async function tryLock(connection: Connection, kind: RecordKind, id: number): Promise<boolean> {
  const { taken } = await connection.row<{ taken: boolean }>(
    'SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS taken',
    [LOCK_CLASS[kind], id],
  )
  return taken
}

/** Lets go of a lock where this session has it: the end may be recorded by another one than the beginning. */
export async function releaseLock(connection: Connection, kind: RecordKind, id: number): Promise<void> {
  await connection.run(
    `SELECT pg_catalog.pg_advisory_unlock(classid::bigint::int, objid::bigint::int) FROM pg_catalog.pg_locks
      WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() AND objsubid = 2
        AND classid::bigint = $1 AND objid::bigint = $2`,
    [LOCK_CLASS[kind], id],
  )
}

/**
 * Rows without an end that nobody works on. Asked twice: a row whose end is recorded between the moment a statement looks at
 * the rows and the moment it looks at the locks is not killed.
 */
export async function readLost(connection: Connection, kind: RecordKind): Promise<readonly number[]> {
  const ask = async () => {
    const rows = await connection.rows<{ id: number }>(
      `SELECT id FROM howdah.${kind} WHERE outcome IS NULL AND NOT id = ANY(${liveIds(kind)})`,
    )
    return rows.map(({ id }) => id)
  }
  const first = await ask()
  if (first.length === 0) return first
  const second = new Set(await ask())
  return first.filter(id => second.has(id))
}
