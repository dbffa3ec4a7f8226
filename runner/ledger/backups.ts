import type { BackupType } from '../config/expectations.ts'
import type { Connection } from '../postgres/connect.ts'
import { beginRecord, endRecord } from './records.ts'

/** Which backups belong in one row of a dashboard. */
export interface BackupSubject {
  /** What is backed up: a database, or an instance with all of its databases. */
  readonly cluster: string
  readonly type: BackupType
}

/** How a backup ended. Only one that is whole and in its place has succeeded. */
export type BackupEnd =
  | {
      readonly outcome: 'succeeded'
      readonly sizeBytes?: number
      /** The latest moment it can be restored to, of one with a log. */
      readonly restorableUntil?: Date
      /** When retention may remove it. */
      readonly keptUntil?: Date
    }
  | { readonly outcome: 'failed'; readonly errorCode: string }

/** A backup begins. The session is to stay open until its end. @throws HowdahError ledger-newer, privilege-missing */
export async function beginBackup(connection: Connection, { cluster, type }: BackupSubject): Promise<number> {
  return beginRecord(connection, 'backup', { cluster, type })
}

/** @throws HowdahError record-closed: then it is no good backup */
export async function endBackup(connection: Connection, id: number, end: BackupEnd): Promise<void> {
  if (end.outcome === 'failed')
    return endRecord(connection, 'backup', id, { outcome: end.outcome, error_code: end.errorCode })
  return endRecord(connection, 'backup', id, {
    outcome: end.outcome,
    size_bytes: end.sizeBytes ?? null,
    restorable_until: end.restorableUntil ?? null,
    kept_until: end.keptUntil ?? null,
  })
}

/** Backups that are no longer there: retention removed them, or they were found missing. */
export async function removeBackups(connection: Connection, ids: readonly number[]): Promise<void> {
  await connection.run(
    'UPDATE howdah.backup SET removed_at = clock_timestamp() WHERE id = ANY($1) AND outcome = $2 AND removed_at IS NULL',
    [ids, 'succeeded'],
  )
}
