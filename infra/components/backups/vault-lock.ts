import { RefusedSetting } from '../refused-setting.ts'

/** Who may delete a recovery point before its time: with governance whoever has the permission, with compliance nobody, AWS included. */
export type VaultLock =
  | { readonly mode: 'none' }
  | { readonly mode: 'governance'; readonly minRetentionDays?: number; readonly maxRetentionDays?: number }
  | {
      readonly mode: 'compliance'
      readonly minRetentionDays?: number
      readonly maxRetentionDays?: number
      /** Days in which the lock can still be taken back; afterwards not even the account's root can. */
      readonly changeableForDays?: number
      /** Consent: the vault and what is in it stay, and cost, until the last recovery point expires. */
      readonly iUnderstandThisIsIrreversible: true
    }

/** What `VaultLockConfiguration` takes; without `changeableForDays` it is governance. */
export interface LockTerms {
  readonly minRetentionDays: number
  readonly maxRetentionDays: number
  readonly changeableForDays?: number
}

/** AWS refuses fewer. */
const COOLING_OFF_DAYS = 3

/** Refuses what cannot be taken back unless it was asked for in so many words; the type alone does not hold for settings out of a file. */
export function requireConsent(setting: string, given: unknown, consequence: string): void {
  if (given !== true)
    throw new RefusedSetting(
      setting,
      `compliance mode cannot be undone: ${consequence}. Set iUnderstandThisIsIrreversible: true beside it, or take governance`,
    )
}

/**
 * The terms of a lock on a vault that takes recovery points kept `keptDays` long each; `undefined`: no lock.
 * A job whose retention is outside of the terms fails, so such terms are refused here.
 */
export function lockTerms(lock: VaultLock, keptDays: readonly number[]): LockTerms | undefined {
  if (lock.mode === 'none') return undefined
  const [shortest, longest] = [Math.min(...keptDays), Math.max(...keptDays)]
  const { minRetentionDays = shortest, maxRetentionDays = longest } = lock
  if (minRetentionDays < 1 || minRetentionDays > shortest)
    throw new RefusedSetting(
      'howdah:backups.lockMinRetentionDays',
      `${minRetentionDays} days: the vault would refuse backups that are kept ${shortest} days; give 1 to ${shortest}`,
    )
  if (maxRetentionDays < longest)
    throw new RefusedSetting(
      'howdah:backups.lockMaxRetentionDays',
      `${maxRetentionDays} days: the vault would refuse backups that are kept ${longest} days`,
    )
  if (lock.mode === 'governance') return { minRetentionDays, maxRetentionDays }
  requireConsent(
    'howdah:backups.lock',
    lock.iUnderstandThisIsIrreversible,
    `nobody can delete a recovery point before its ${maxRetentionDays} days are over`,
  )
  const { changeableForDays = COOLING_OFF_DAYS } = lock
  if (changeableForDays < COOLING_OFF_DAYS)
    throw new RefusedSetting(
      'howdah:backups.lockCoolingOffDays',
      `${changeableForDays} days: AWS demands at least ${COOLING_OFF_DAYS}`,
    )
  return { minRetentionDays, maxRetentionDays, changeableForDays }
}
