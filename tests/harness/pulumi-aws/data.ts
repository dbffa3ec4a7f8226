import { arn, idFrom } from './arn.ts'
import type { ResourceModel } from './resource-model.ts'

/** Databases, backups and buckets: what a replacement would destroy. */
export const DATA: Readonly<Record<string, ResourceModel>> = {
  'aws:rds/instance:Instance': {
    name: 'identifier',
    id: ({ hex }) => `db-${hex(26).toUpperCase()}`,
    arn: arn('rds', ({ name }) => `db:${name}`),
    outputs: ({ name, id, region, account, hex, inputs }) => {
      const address = `${name}.c${hex(11)}.${region}.rds.amazonaws.com`
      const port = inputs.port ?? 5432
      const secret = `arn:aws:secretsmanager:${region}:${account}:secret:rds!${id.toLowerCase()}-${hex(6)}`
      const version = String(inputs.engineVersion ?? '17')
      return {
        address,
        port,
        endpoint: `${address}:${port}`,
        hostedZoneId: 'Z1RLNUO7B9Q6NB',
        resourceId: id,
        engine: 'postgres',
        engineVersionActual: version.includes('.') ? version : `${version}.6`,
        availabilityZone: `${region}a`,
        status: 'available',
        storageType: 'gp3',
        licenseModel: 'postgresql-license',
        masterUserSecrets: inputs.manageMasterUserPassword
          ? [
              {
                kmsKeyId: inputs.masterUserSecretKmsKeyId ?? '',
                secretArn: secret,
                secretStatus: 'active',
              },
            ]
          : [],
      }
    },
    // Not the identifier: AWS renames an instance in place.
    replaces: [
      'availabilityZone',
      'backupTarget',
      'characterSetName',
      'customIamInstanceProfile',
      'dbName',
      'engine',
      'kmsKeyId',
      'ncharCharacterSetName',
      'restoreToPointInTime',
      's3Import',
      'snapshotIdentifier',
      'storageEncrypted',
      'timezone',
      'username',
    ],
  },
  'aws:rds/parameterGroup:ParameterGroup': {
    name: 'name',
    arn: arn('rds', ({ name }) => `pg:${name}`),
    replaces: ['description', 'family', 'name', 'namePrefix'],
  },
  'aws:rds/subnetGroup:SubnetGroup': {
    name: 'name',
    arn: arn('rds', ({ name }) => `subgrp:${name}`),
    replaces: ['name', 'namePrefix'],
  },
  'aws:rds/eventSubscription:EventSubscription': {
    name: 'name',
    arn: arn('rds', ({ name }) => `es:${name}`),
    replaces: ['name', 'namePrefix'],
  },
  'aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication': {
    id: ({ region, account, hex }) => `arn:aws:rds:${region}:${account}:auto-backup:ab-${hex(34)}`,
    arn: ({ id }) => id,
    replaces: ['kmsKeyId', 'preSignedUrl', 'retentionPeriod', 'sourceDbInstanceArn'],
  },
  'aws:rds/instanceRoleAssociation:InstanceRoleAssociation': {
    replaces: ['dbInstanceIdentifier', 'featureName', 'roleArn'],
  },
  'aws:rds/proxy:Proxy': {
    name: 'name',
    arn: arn('rds', ({ hex }) => `db-proxy:prx-${hex(17)}`),
    outputs: ({ name, hex, region }) => ({
      endpoint: `${name}.proxy-${hex(12)}.${region}.rds.amazonaws.com`,
    }),
    replaces: ['endpointNetworkType', 'engineFamily', 'targetConnectionNetworkType', 'vpcSubnetIds'],
  },
  'aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup': {
    id: idFrom('dbProxyName'),
    arn: arn('rds', ({ hex }) => `target-group:prx-tg-${hex(17)}`),
    outputs: () => ({ name: 'default' }),
    replaces: ['dbProxyName'],
  },
  'aws:rds/proxyTarget:ProxyTarget': {
    id: ({ inputs }) =>
      `${inputs.dbProxyName}/${inputs.targetGroupName}/RDS_INSTANCE/${inputs.dbInstanceIdentifier}`,
    replaces: ['dbClusterIdentifier', 'dbInstanceIdentifier', 'dbProxyName', 'targetGroupName'],
  },
  'aws:rds/proxyEndpoint:ProxyEndpoint': {
    id: ({ inputs }) => `${inputs.dbProxyName}/${inputs.dbProxyEndpointName}`,
    arn: arn('rds', ({ hex }) => `db-proxy-endpoint:prx-endpoint-${hex(17)}`),
    outputs: ({ inputs, hex, region }) => ({
      endpoint: `${inputs.dbProxyEndpointName}.endpoint.proxy-${hex(12)}.${region}.rds.amazonaws.com`,
    }),
    replaces: ['dbProxyEndpointName', 'dbProxyName', 'targetRole', 'vpcSubnetIds'],
  },
  'aws:backup/vault:Vault': {
    name: 'name',
    arn: arn('backup', ({ name }) => `backup-vault:${name}`),
    replaces: ['kmsKeyArn', 'name'],
  },
  'aws:backup/vaultLockConfiguration:VaultLockConfiguration': {
    id: idFrom('backupVaultName'),
    replaces: ['backupVaultName', 'changeableForDays', 'maxRetentionDays', 'minRetentionDays'],
  },
  'aws:backup/vaultPolicy:VaultPolicy': { id: idFrom('backupVaultName'), replaces: ['backupVaultName'] },
  'aws:backup/vaultNotifications:VaultNotifications': {
    id: idFrom('backupVaultName'),
    replaces: ['backupVaultEvents', 'backupVaultName', 'snsTopicArn'],
  },
  'aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault': {
    name: 'name',
    arn: arn('backup', ({ name }) => `backup-vault:${name}`),
    replaces: ['encryptionKeyArn', 'maxRetentionDays', 'minRetentionDays', 'name'],
  },
  'aws:backup/plan:Plan': {
    name: 'name',
    id: ({ urn, hex }) => `${hex(8)}-plan-${urn.length}`,
    arn: arn('backup', ({ id }) => `backup-plan:${id}`),
    replaces: [],
  },
  'aws:backup/selection:Selection': {
    name: 'name',
    replaces: ['conditions', 'iamRoleArn', 'name', 'notResources', 'planId', 'resources', 'selectionTags'],
  },
  'aws:backup/restoreTestingPlan:RestoreTestingPlan': {
    name: 'name',
    arn: arn('backup', ({ name, hex }) => `restore-testing-plan:${name}-${hex(8)}`),
    replaces: ['name'],
  },
  'aws:backup/restoreTestingSelection:RestoreTestingSelection': {
    name: 'name',
    replaces: ['name', 'protectedResourceType', 'restoreTestingPlanName'],
  },
  'aws:s3/bucket:Bucket': {
    name: 'bucket',
    arn: ({ name }) => `arn:aws:s3:::${name}`,
    outputs: ({ name, region }) => ({
      bucketDomainName: `${name}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    }),
    replaces: ['bucket', 'bucketNamespace', 'bucketPrefix', 'objectLockEnabled'],
  },
  'aws:s3/bucketVersioning:BucketVersioning': {
    id: idFrom('bucket'),
    replaces: ['bucket', 'expectedBucketOwner'],
  },
  'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration': {
    id: idFrom('bucket'),
    replaces: ['bucket', 'expectedBucketOwner', 'objectLockEnabled'],
  },
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': {
    id: idFrom('bucket'),
    replaces: ['bucket', 'expectedBucketOwner'],
  },
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': { id: idFrom('bucket'), replaces: ['bucket'] },
  'aws:s3/bucketPolicy:BucketPolicy': { id: idFrom('bucket'), replaces: ['bucket'] },
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': { id: idFrom('bucket'), replaces: ['bucket'] },
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': {
    id: idFrom('bucket'),
    replaces: ['bucket', 'expectedBucketOwner'],
  },
  'aws:s3/bucketReplicationConfig:BucketReplicationConfig': { id: idFrom('bucket'), replaces: ['bucket'] },
  'aws:s3/bucketLogging:BucketLogging': {
    id: idFrom('bucket'),
    replaces: ['bucket', 'expectedBucketOwner'],
  },
  'aws:s3/bucketNotification:BucketNotification': { id: idFrom('bucket'), replaces: ['bucket'] },
}
