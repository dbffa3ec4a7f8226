import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, mustBeGiven } from './inspections.ts'
import { adding } from './mutations.ts'
import { BACKUP_VAULT } from './resource-types.ts'

/**
 * Source: Security Hub, Backup.1 (turbot/steampipe-mod-aws-compliance, foundational_security/backup.pp), read 2026-11-20. A
 * vault encrypts with AWS's key when it has none of its own; that one cannot be shared with the account that keeps the copies.
 */
export const backupVaultEncrypted: Control = {
  key: 'backup-vault-encrypted',
  ids: ['Backup.1'],
  title: 'AWS Backup recovery points should be encrypted at rest',
  severity: 'medium',
  remedy: '`kmsKeyArn` of a key of our own',
  ...eachOf([BACKUP_VAULT], vault => mustBeGiven(vault, 'kmsKeyArn', 'has no key of its own')),
  mutant: adding(BACKUP_VAULT, { name: 'example' }),
  enforcement: everywhere,
}
