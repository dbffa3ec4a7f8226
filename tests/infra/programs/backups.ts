import { Backups, type BackupsArgs } from '../../../infra/components/backups/backups.ts'
import type { Retention } from '../../../infra/components/backups/retention.ts'
import { ACCOUNT } from '../../harness/pulumi-facts.ts'
import { type Registered, type Registration, registrationsOf } from '../../harness/pulumi-registrations.ts'
import { PRODUCTION } from './estates.ts'

/** Types of resources, as they are registered. */
export const VAULT = 'aws:backup/vault:Vault'
export const LOCK = 'aws:backup/vaultLockConfiguration:VaultLockConfiguration'
export const PLAN = 'aws:backup/plan:Plan'
export const BUCKET = 'aws:s3/bucket:Bucket'
export const ROLE_POLICY = 'aws:iam/rolePolicy:RolePolicy'

export const HERE_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/backup`
export const THERE_KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/backup`
export const INSTANCE = `arn:aws:rds:eu-central-1:${ACCOUNT}:db:shop-prod-1`
export const OTHER_ACCOUNT = 'arn:aws:backup:eu-central-1:999999999999:backup-vault:offsite'

/** As the tiers have it. */
export const RETENTION: Record<'bronze' | 'silver' | 'gold', Retention> = {
  bronze: { continuousDays: 0, dailyDays: 7, weeklyDays: 0, monthlyDays: 0, yearlyDays: 0 },
  silver: { continuousDays: 0, dailyDays: 35, weeklyDays: 91, monthlyDays: 396, yearlyDays: 0 },
  gold: { continuousDays: 35, dailyDays: 35, weeklyDays: 91, monthlyDays: 396, yearlyDays: 2562 },
}

/** With everything there is. */
export const GOLD: BackupsArgs = {
  estate: PRODUCTION,
  accountId: ACCOUNT,
  instance: { arn: INSTANCE, keyArn: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/data` },
  retention: RETENTION.gold,
  selectedTag: { key: 'backup-plan', value: 'shop-prod' },
  vault: { keyArn: HERE_KEY, lock: { mode: 'governance' } },
  recovery: {
    keyArn: THERE_KEY,
    lock: { mode: 'compliance', iUnderstandThisIsIrreversible: true },
    automatedBackupsDays: 14,
  },
  otherAccountVaultArn: OTHER_ACCOUNT,
  restoreTesting: {
    everyDays: 7,
    into: {
      subnetGroupName: 'shop-prod',
      securityGroupIds: ['sg-1', 'sg-2'],
      parameterGroupName: 'shop-prod-postgres17',
    },
    overrides: { dbInstanceClass: 'db.t4g.medium' },
    validation: { arn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/shop-prod', targetId: 'verify' },
  },
  dumps: {
    keyArn: HERE_KEY,
    retentionDays: 91,
    lock: { mode: 'governance', days: 35 },
    accessLogBucket: 'shop-logs',
    recoveryKeyArn: THERE_KEY,
  },
}

/** With the least there can be. */
export const DEV: BackupsArgs = {
  estate: {
    ...PRODUCTION,
    environment: 'dev',
    prefix: 'shop-dev',
    production: false,
    recoveryRegion: undefined,
  },
  accountId: ACCOUNT,
  instance: GOLD.instance,
  retention: RETENTION.bronze,
  selectedTag: GOLD.selectedTag,
  vault: { keyArn: HERE_KEY, lock: { mode: 'none' } },
}

export const registered = (args: BackupsArgs) => registrationsOf(() => new Backups('backups', args))

/** What gold registers, heard once: nothing in it differs from run to run. */
let heard: Promise<Registered> | undefined
export function registeredGold(): Promise<Registered> {
  heard ??= registered(GOLD)
  return heard
}

export const policyOf = (registration: Registration) =>
  JSON.parse(String(registration.inputs.policy)) as Policy
export const namesOf = (run: Registered) =>
  run.registrations
    .filter(each => each.custom && !each.type.startsWith('pulumi:'))
    .map(each => `${each.type.split(':').at(-1)} ${each.name}`)
    .sort()

export interface Policy {
  readonly Statement: readonly {
    readonly Effect: string
    readonly Action: string | readonly string[]
    readonly Resource: string | readonly string[]
    readonly Condition?: Record<string, Record<string, unknown>>
  }[]
}

export const allowed = (policy: Policy) =>
  policy.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action)
