import type { Registered } from '../controls/registered.ts'
import * as types from '../controls/resource-types.ts'

/** A made-up stack. */
export function exampleUrn(type: string, name: string, stack = 'prod'): string {
  return `urn:pulumi:${stack}::example::${type}::${name}`
}

const tags = { application: 'example' }

/**
 * The smallest stack that every control looks at and none finds anything in: of each resource no more is said than some control
 * asks for, so that it can be read as a list of requirements.
 */
export function conformingStack(stack = 'prod'): readonly Registered[] {
  const urn = (type: string, name = 'main') => exampleUrn(type, name, stack)
  const make = (
    type: string,
    inputs: Registered['inputs'] = {},
    references: Registered['references'] = {},
    name = 'main',
  ): Registered => ({ urn: urn(type, name), type, name, inputs, references })
  const ofBucket = { bucket: [urn(types.BUCKET)] }
  return [...network(make, urn), ...database(make, urn), ...containers(make), ...alarms(make)].concat(
    make(types.KMS_KEY, { enableKeyRotation: true }),
    make(types.SECRET),
    make(
      types.SECRET_ROTATION,
      { rotationRules: { automaticallyAfterDays: 30 } },
      { secretId: [urn(types.SECRET)] },
    ),
    make(types.BACKUP_VAULT, { kmsKeyArn: 'key' }),
    make(types.BACKUP_SELECTION, {}, { resources: [urn(types.DB_INSTANCE)] }),
    make(types.BUCKET, { objectLockEnabled: true }),
    make(types.BUCKET_POLICY, { policy: TLS_ONLY }, ofBucket),
    make(types.BUCKET_PUBLIC_ACCESS_BLOCK, BLOCKED, ofBucket),
    make(types.BUCKET_LIFECYCLE, { rules: [{ status: 'Enabled' }] }, ofBucket),
    make(types.BUCKET_VERSIONING, { versioningConfiguration: { status: 'Enabled' } }, ofBucket),
    make(
      types.BUCKET_ENCRYPTION,
      { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms' } }] },
      ofBucket,
    ),
    make(types.IAM_ROLE_POLICY, { policy: ONE_SECRET }),
  )
}

type Make = (
  type: string,
  inputs?: Registered['inputs'],
  references?: Registered['references'],
  name?: string,
) => Registered
type Urn = (type: string, name?: string) => string

function network(make: Make, urn: Urn): Registered[] {
  const ofVpc = { vpcId: [urn(types.VPC)] }
  return [
    make(types.VPC),
    make(types.DEFAULT_SECURITY_GROUP, {}, ofVpc),
    make(types.FLOW_LOG, {}, ofVpc),
    make(types.SUBNET),
    make(types.ROUTE_TABLE),
    make(
      types.ROUTE_TABLE_ASSOCIATION,
      {},
      { subnetId: [urn(types.SUBNET)], routeTableId: [urn(types.ROUTE_TABLE)] },
    ),
    make(types.INGRESS_RULE, { cidrIpv4: '10.0.0.0/16' }),
  ]
}

function database(make: Make, urn: Urn): Registered[] {
  const everyInstance = {
    publiclyAccessible: false,
    monitoringInterval: 60,
    monitoringRoleArn: 'role',
    deletionProtection: true,
    enabledCloudwatchLogsExports: ['postgresql', 'upgrade'],
    iamDatabaseAuthenticationEnabled: true,
    autoMinorVersionUpgrade: true,
    copyTagsToSnapshot: true,
    tags,
  }
  const primary = {
    ...everyInstance,
    dbSubnetGroupName: 'group',
    parameterGroupName: 'group',
    multiAz: true,
    storageEncrypted: true,
    backupRetentionPeriod: 7,
    port: 5433,
    username: 'owner',
    manageMasterUserPassword: true,
  }
  const groups = {
    dbSubnetGroupName: [urn(types.DB_SUBNET_GROUP)],
    parameterGroupName: [urn(types.DB_PARAMETER_GROUP)],
  }
  const events = (sourceType: string, ...eventCategories: string[]) =>
    make(types.DB_EVENT_SUBSCRIPTION, { sourceType, eventCategories }, {}, sourceType)
  return [
    make(types.DB_INSTANCE, primary, groups),
    make(types.DB_INSTANCE, { ...everyInstance, replicateSourceDb: 'main' }, {}, 'replica'),
    make(types.DB_SUBNET_GROUP, { tags }, { subnetIds: [urn(types.SUBNET)] }),
    make(types.DB_PARAMETER_GROUP, { parameters: [{ name: 'rds.force_ssl', value: '1' }] }),
    events('db-instance', 'maintenance', 'configuration change', 'failure'),
    events('db-parameter-group', 'configuration change'),
    events('db-security-group', 'configuration change', 'failure'),
    make(types.DB_PROXY, { requireTls: true }),
    make(types.DB_SNAPSHOT, { tags }),
    make(types.DB_BACKUPS_REPLICATION, { kmsKeyId: 'key' }),
  ]
}

function containers(make: Make): Registered[] {
  const container = {
    name: 'main',
    readonlyRootFilesystem: true,
    user: '1000',
    logConfiguration: { logDriver: 'awslogs' },
  }
  return [
    make(types.ECR_REPOSITORY, {
      name: 'main',
      imageScanningConfiguration: { scanOnPush: true },
      imageTagMutability: 'IMMUTABLE',
      encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: 'key' }],
    }),
    make(types.ECR_LIFECYCLE_POLICY, { repository: 'main' }),
    make(types.ECS_CLUSTER, { settings: [{ name: 'containerInsights', value: 'enabled' }] }),
    make(types.ECS_SERVICE),
    make(types.TASK_DEFINITION, { containerDefinitions: JSON.stringify([container]) }),
    make(types.LOAD_BALANCER, { enableDeletionProtection: true, subnets: ['a', 'b'] }),
  ]
}

function alarms(make: Make): Registered[] {
  return [
    make(types.SNS_TOPIC, { kmsMasterKeyId: 'key' }),
    make(types.METRIC_ALARM, { alarmActions: ['topic'] }),
    make(types.LOG_GROUP, { retentionInDays: 365 }),
  ]
}

const BLOCKED = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
}

const TLS_ONLY = JSON.stringify({
  Statement: {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  },
})

const ONE_SECRET = JSON.stringify({
  Statement: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: 'secret' },
})
