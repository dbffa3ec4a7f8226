import type { Estate } from './estate.ts'

export type KeyPurpose = 'data' | 'backups' | 'secrets'

interface Holders {
  readonly estate: Estate
  readonly region: string
  readonly accountId: string
  readonly administrators: readonly string[]
  readonly backupAccountId: string | undefined
}

interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal: Readonly<Record<string, string | readonly string[]>>
  readonly Action: string | readonly string[]
  /** In a key's own policy this means that key. */
  readonly Resource: '*'
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

const USE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']

const ADMINISTER = [
  'kms:CancelKeyDeletion',
  'kms:Create*',
  'kms:Delete*',
  'kms:Describe*',
  'kms:Disable*',
  'kms:Enable*',
  'kms:Get*',
  'kms:List*',
  'kms:Put*',
  'kms:Revoke*',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:Update*',
]

/** Services through which the account's principals use a key of this purpose. */
const SERVICES: Readonly<Record<KeyPurpose, readonly string[]>> = {
  data: ['rds', 'backup', 's3', 'ecr'],
  backups: ['backup', 'rds', 's3'],
  secrets: ['secretsmanager', 'rds'],
}

/**
 * The policy of a key. With administrators named, only they change it, and the account's principals use it through the services it is for; without,
 * the account's own policies decide, as AWS has it by default.
 */
export function keyPolicy(purpose: KeyPurpose, holders: Holders): string {
  const root = `arn:aws:iam::${holders.accountId}:root`
  const statements: Statement[] =
    holders.administrators.length === 0
      ? [{ Sid: 'Account', Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' }]
      : [
          administrators(holders.administrators),
          {
            Sid: 'Look',
            Effect: 'Allow',
            Principal: { AWS: root },
            Action: ['kms:DescribeKey', 'kms:GetKeyPolicy'],
            Resource: '*',
          },
          throughServices(purpose, holders, root),
          grants(root),
        ]
  if (purpose === 'data') statements.push(logs(holders))
  if (purpose === 'backups') statements.push(notifications(holders.accountId))
  if (holders.backupAccountId !== undefined && purpose !== 'secrets')
    statements.push(...otherAccount(holders.backupAccountId))
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

const administrators = (arns: readonly string[]): Statement => ({
  Sid: 'Administrators',
  Effect: 'Allow',
  Principal: { AWS: arns },
  Action: ADMINISTER,
  Resource: '*',
})

const throughServices = (purpose: KeyPurpose, { accountId, region }: Holders, root: string): Statement => ({
  Sid: 'UseThroughServices',
  Effect: 'Allow',
  Principal: { AWS: root },
  Action: USE,
  Resource: '*',
  Condition: {
    StringEquals: {
      'kms:CallerAccount': accountId,
      'kms:ViaService': SERVICES[purpose].map(service => `${service}.${region}.amazonaws.com`),
    },
  },
})

/** RDS, AWS Backup and ECR work with grants, which they alone may make; ECR retires its own with the repository. */
const grants = (root: string): Statement => ({
  Sid: 'GrantsForServices',
  Effect: 'Allow',
  Principal: { AWS: root },
  Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RetireGrant', 'kms:RevokeGrant'],
  Resource: '*',
  Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
})

const logs = ({ accountId, region }: Holders): Statement => ({
  Sid: 'Logs',
  Effect: 'Allow',
  Principal: { Service: `logs.${region}.amazonaws.com` },
  Action: USE,
  Resource: '*',
  Condition: {
    ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${accountId}:log-group:*` },
  },
})

/** Events about backups go through encrypted topics. */
const notifications = (accountId: string): Statement => ({
  Sid: 'Notifications',
  Effect: 'Allow',
  Principal: {
    Service: [
      'events.rds.amazonaws.com',
      'cloudwatch.amazonaws.com',
      'events.amazonaws.com',
      'backup.amazonaws.com',
    ],
  },
  Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
  Resource: '*',
  Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
})

const otherAccount = (accountId: string): readonly Statement[] => {
  const Principal = { AWS: `arn:aws:iam::${accountId}:root` }
  return [
    { Sid: 'BackupAccountUse', Effect: 'Allow', Principal, Action: USE, Resource: '*' },
    {
      Sid: 'BackupAccountGrants',
      Effect: 'Allow',
      Principal,
      Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
      Resource: '*',
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ]
}
