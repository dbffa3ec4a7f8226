import * as aws from '@pulumi/aws'
import type { CustomResourceOptions, Input } from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { policyDocument } from '../iam-documents.ts'
import { transformed } from '../transform.ts'
import type { BackupsTransform } from './backups-args.ts'
import { lockTerms, type VaultLock } from './vault-lock.ts'

/** What a vault of this account is made from. */
export interface VaultSettings {
  /** Logical name of the vault; its lock and its policy follow it. */
  readonly name: string
  readonly estate: Estate
  readonly region: string
  readonly keyArn: Input<string>
  readonly lock: VaultLock
  /** How long each kind of recovery point in it is kept. */
  readonly keptDays: readonly number[]
  readonly transform: BackupsTransform
}

/** What nobody needs in the course of things, and a person or a program with stolen keys tries first. */
const DESTRUCTIVE = [
  'backup:DeleteBackupVault',
  'backup:DeleteRecoveryPoint',
  'backup:DisassociateRecoveryPoint',
  'backup:UpdateRecoveryPointLifecycle',
]

/**
 * A vault with its lock. In production its policy also denies every deletion: who wants one changes the policy first, and then meets the lock.
 */
export function createVault(settings: VaultSettings, options: CustomResourceOptions): aws.backup.Vault {
  const { name, estate, region, transform } = settings
  const terms = lockTerms(settings.lock, settings.keptDays)
  const kept = { ...options, protect: estate.production, retainOnDelete: estate.production }
  const vault = new aws.backup.Vault(
    name,
    ...transformed(
      transform.vault,
      {
        name: `${estate.prefix}-backups`,
        kmsKeyArn: settings.keyArn,
        forceDestroy: !estate.production,
        region,
        tags: estate.tags,
      },
      kept,
    ),
  )
  if (terms)
    new aws.backup.VaultLockConfiguration(
      `${name}-lock`,
      ...transformed(
        transform.vaultLock,
        { backupVaultName: vault.name, region, ...terms },
        // Other terms are another lock to the provider, and a vault has one: made first, it would go with the old one's deletion.
        { ...(settings.lock.mode === 'compliance' ? kept : options), deleteBeforeReplace: true },
      ),
    )
  if (estate.production)
    new aws.backup.VaultPolicy(
      `${name}-policy`,
      ...transformed(
        transform.vaultPolicy,
        {
          backupVaultName: vault.name,
          region,
          policy: policyDocument([
            {
              Sid: 'NothingIsDeletedBeforeItsTime',
              Effect: 'Deny',
              Principal: '*',
              Action: DESTRUCTIVE,
              Resource: '*',
            },
          ]),
        },
        options,
      ),
    )
  return vault
}
