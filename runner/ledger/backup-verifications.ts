import type { Connection } from '../postgres/connect.ts'
import type { BackupSubject } from './backups.ts'
import { beginRecord, endRecord } from './records.ts'

/** `unverifiable`: it could not be tried (no tool, no room, no key), which is never passed. */
export type VerificationEnd =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed' | 'unverifiable'; readonly errorCode: string }

/**
 * A backup is about to be restored and compared. The session is to stay open until the end.
 * @param subject what was backed up, and the moment whose data the backup has
 */
export async function beginVerification(
  connection: Connection,
  { cluster, type, takenAt }: BackupSubject & { readonly takenAt: Date },
): Promise<number> {
  return beginRecord(connection, 'backup_verification', { cluster, type, taken_at: takenAt })
}

/** @throws HowdahError record-closed: then nothing is proved */
export async function endVerification(
  connection: Connection,
  id: number,
  end: VerificationEnd,
): Promise<void> {
  const error = end.outcome === 'passed' ? null : end.errorCode
  await endRecord(connection, 'backup_verification', id, { outcome: end.outcome, error_code: error })
}
