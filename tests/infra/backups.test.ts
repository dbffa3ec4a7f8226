import { describe, expect, test } from 'vitest'
import { Backups, type BackupsArgs } from '../../infra/components/backups/backups.ts'
import { RefusedSetting } from '../../infra/components/refused-setting.ts'
import { registrationsOf, UNKNOWN } from '../harness/pulumi-registrations.ts'
import {
  DEV,
  GOLD,
  HERE_KEY,
  LOCK,
  namesOf,
  policyOf,
  RETENTION,
  registered,
  registeredGold,
  THERE_KEY,
  VAULT,
} from './programs/backups.ts'
import { PRODUCTION } from './programs/estates.ts'

describe('the vaults', () => {
  test('each region has one under its own key, kept in production, and the lock that was asked for', async () => {
    const run = await registeredGold()
    expect(run.only(VAULT, 'backups-vault')).toMatchObject({
      parent: run.only('howdah:aws:Backups').urn,
      protect: true,
      retainOnDelete: true,
      inputs: {
        name: 'shop-prod-backups',
        region: 'eu-central-1',
        kmsKeyArn: HERE_KEY,
        tags: PRODUCTION.tags,
      },
    })
    expect(run.only(VAULT, 'backups-recovery-vault')).toMatchObject({
      protect: true,
      retainOnDelete: true,
      inputs: { name: 'shop-prod-backups', region: 'eu-west-1', kmsKeyArn: THERE_KEY },
    })
    // Governance without changeableForDays: with it, it would be compliance.
    expect(run.only(LOCK, 'backups-vault-lock').inputs).toEqual({
      backupVaultName: 'shop-prod-backups',
      region: 'eu-central-1',
      minRetentionDays: 35,
      maxRetentionDays: 2562,
    })
    expect(run.only(LOCK, 'backups-recovery-vault-lock')).toMatchObject({
      protect: true,
      inputs: { region: 'eu-west-1', minRetentionDays: 35, maxRetentionDays: 2562, changeableForDays: 3 },
    })
  })

  test('changed terms replace the lock after its deletion, since a vault has one', async () => {
    const run = await registeredGold()
    for (const lock of run.of(LOCK)) expect(lock.deleteBeforeReplace).toBe(true)
  })

  test('in production their policy denies every deletion, in development nothing stands in the way', async () => {
    const prod = await registeredGold()
    const policies = prod.of('aws:backup/vaultPolicy:VaultPolicy')
    expect(policies.map(({ name }) => name)).toEqual([
      'backups-recovery-vault-policy',
      'backups-vault-policy',
    ])
    for (const policy of policies)
      expect(policyOf(policy).Statement).toMatchObject([
        { Effect: 'Deny', Action: expect.arrayContaining(['backup:DeleteRecoveryPoint']) },
      ])
    const dev = await registered(DEV)
    expect(namesOf(dev)).toEqual([
      'Plan backups-plan',
      'Role backups-backup-role',
      'RolePolicy backups-backup-role-policy',
      'Selection backups-selection',
      'Vault backups-vault',
    ])
    expect(dev.only(VAULT)).toMatchObject({
      protect: false,
      retainOnDelete: false,
      inputs: { kmsKeyArn: HERE_KEY, forceDestroy: true },
    })
  })

  const compliance = { mode: 'compliance' } as unknown as { mode: 'governance' }
  test.each<[string, string, Partial<BackupsArgs>]>([
    [
      'howdah:backups.lock',
      'a compliance lock without consent',
      { vault: { keyArn: HERE_KEY, lock: compliance } },
    ],
    [
      'howdah:backups.lock',
      'a compliance lock without consent elsewhere',
      { recovery: { keyArn: THERE_KEY, lock: compliance } },
    ],
    [
      'howdah:backups.lockCoolingOffDays',
      'a shorter cooling-off than AWS takes',
      {
        vault: {
          keyArn: HERE_KEY,
          lock: { mode: 'compliance', changeableForDays: 2, iUnderstandThisIsIrreversible: true },
        },
      },
    ],
    [
      'howdah:backups.lockMinRetentionDays',
      'a lock that refuses the daily snapshot',
      { vault: { keyArn: HERE_KEY, lock: { mode: 'governance', minRetentionDays: 36 } } },
    ],
    [
      'howdah:backups.lockMaxRetentionDays',
      'a lock that refuses the yearly snapshot',
      { vault: { keyArn: HERE_KEY, lock: { mode: 'governance', maxRetentionDays: 400 } } },
    ],
    [
      'howdah:backups.dailyRetentionDays',
      'no daily snapshot',
      { retention: { ...RETENTION.gold, dailyDays: 0 } },
    ],
    [
      'howdah:backups.owner',
      'more days to a point in time than AWS keeps',
      { retention: { ...RETENTION.gold, continuousDays: 36 } },
    ],
    [
      'howdah:backups.weeklyRetentionDays',
      'a fraction of a day',
      { retention: { ...RETENTION.gold, weeklyDays: 0.5 } },
    ],
    ['howdah:recoveryRegion', 'copies to nowhere', { estate: { ...PRODUCTION, recoveryRegion: undefined } }],
  ])('%s: %s is refused before anything is registered', async (setting, _, change) => {
    let refusal: unknown
    const run = await registrationsOf(() => {
      try {
        new Backups('backups', { ...GOLD, ...change })
      } catch (error) {
        refusal = error
      }
    })
    expect(refusal).toBeInstanceOf(RefusedSetting)
    expect(refusal).toMatchObject({ setting, message: expect.stringContaining(`${setting}: `) })
    expect(run.registrations.filter(({ type }) => !type.startsWith('pulumi:'))).toEqual([])
  })
})

test('the golden list of what gold registers', async () => {
  expect(namesOf(await registeredGold())).toMatchInlineSnapshot(`
    [
      "Bucket backups-dumps",
      "Bucket backups-recovery-dumps",
      "BucketLifecycleConfiguration backups-dumps-lifecycle",
      "BucketLifecycleConfiguration backups-recovery-dumps-lifecycle",
      "BucketLogging backups-dumps-logging",
      "BucketObjectLockConfiguration backups-dumps-object-lock",
      "BucketObjectLockConfiguration backups-recovery-dumps-object-lock",
      "BucketOwnershipControls backups-dumps-ownership",
      "BucketOwnershipControls backups-recovery-dumps-ownership",
      "BucketPolicy backups-dumps-policy",
      "BucketPolicy backups-recovery-dumps-policy",
      "BucketPublicAccessBlock backups-dumps-public-access",
      "BucketPublicAccessBlock backups-recovery-dumps-public-access",
      "BucketReplicationConfig backups-dumps-replication",
      "BucketServerSideEncryptionConfiguration backups-dumps-encryption",
      "BucketServerSideEncryptionConfiguration backups-recovery-dumps-encryption",
      "BucketVersioning backups-dumps-versioning",
      "BucketVersioning backups-recovery-dumps-versioning",
      "EventRule backups-restored",
      "EventTarget backups-restored-target",
      "InstanceAutomatedBackupsReplication backups-automated",
      "Plan backups-plan",
      "RestoreTestingPlan backups-restore-testing",
      "RestoreTestingSelection backups-restore-testing-selection",
      "Role backups-backup-role",
      "Role backups-dump-reader",
      "Role backups-dump-replication",
      "Role backups-dump-writer",
      "Role backups-restore-test-role",
      "RolePolicy backups-backup-role-policy",
      "RolePolicy backups-dump-reader-policy",
      "RolePolicy backups-dump-replication-policy",
      "RolePolicy backups-dump-writer-policy",
      "RolePolicy backups-restore-test-role-policy",
      "Selection backups-selection",
      "Vault backups-recovery-vault",
      "Vault backups-vault",
      "VaultLockConfiguration backups-recovery-vault-lock",
      "VaultLockConfiguration backups-vault-lock",
      "VaultPolicy backups-recovery-vault-policy",
      "VaultPolicy backups-vault-policy",
    ]
  `)
})

test('every child can be changed last, and nothing has a parent but the component', async () => {
  const run = await registered({
    ...GOLD,
    transform: { vault: args => Object.assign(args, { tags: { changed: 'yes' } }) },
  })
  expect(run.only(VAULT, 'backups-vault').inputs.tags).toEqual({ changed: 'yes' })
  const component = run.only('howdah:aws:Backups').urn
  for (const each of run.registrations.filter(({ custom, type }) => custom && type.startsWith('aws:')))
    expect(each.parent).toBe(component)
})

test('a preview, in which nothing of AWS is known yet, registers the same and leaves open what depends on it', async () => {
  const preview = await registrationsOf(() => new Backups('backups', GOLD), { dryRun: true })
  expect(namesOf(preview)).toEqual(namesOf(await registeredGold()))
  expect(preview.only('aws:backup/selection:Selection').inputs.planId).toBe(UNKNOWN)
  expect(preview.only('aws:s3/bucketPolicy:BucketPolicy', 'backups-dumps-policy').inputs.policy).toBe(UNKNOWN)
})
