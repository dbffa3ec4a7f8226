import { uuid } from '../pulumi-facts.ts'
import { arn, globalArn, idFrom } from './arn.ts'
import type { ResourceModel } from './resource-model.ts'

/** Keys, secrets, roles and policies. */
export const IDENTITY: Readonly<Record<string, ResourceModel>> = {
  'aws:kms/key:Key': {
    id: ({ hex }) => uuid(hex(32)),
    arn: arn('kms', ({ id }) => `key/${id}`),
    outputs: ({ id }) => ({ keyId: id, policy: '{}' }),
    replaces: ['customKeyStoreId', 'customerMasterKeySpec', 'keyUsage', 'multiRegion', 'xksKeyId'],
  },
  'aws:kms/replicaKey:ReplicaKey': {
    id: ({ hex }) => `mrk-${hex(32)}`,
    arn: arn('kms', ({ id }) => `key/${id}`),
    outputs: ({ id }) => ({ keyId: id, policy: '{}' }),
    replaces: ['primaryKeyArn'],
  },
  'aws:kms/alias:Alias': {
    name: 'name',
    arn: arn('kms', ({ name }) => name),
    outputs: ({ inputs }) => ({ targetKeyArn: inputs.targetKeyId }),
    replaces: ['name', 'namePrefix'],
  },
  'aws:kms/keyPolicy:KeyPolicy': { id: idFrom('keyId'), replaces: ['keyId'] },
  'aws:kms/grant:Grant': {
    id: ({ inputs, hex }) => `${inputs.keyId}:${hex(64)}`,
    outputs: ({ hex }) => ({ grantId: hex(64), grantToken: hex(64) }),
    replaces: [
      'constraints',
      'grantCreationTokens',
      'granteePrincipal',
      'keyId',
      'name',
      'operations',
      'retireOnDelete',
      'retiringPrincipal',
    ],
  },
  'aws:secretsmanager/secret:Secret': {
    name: 'name',
    id: ({ region, account, name, hex }) =>
      `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${hex(6)}`,
    arn: ({ id }) => id,
    replaces: ['name', 'namePrefix'],
  },
  'aws:secretsmanager/secretVersion:SecretVersion': {
    id: ({ inputs, hex }) => `${inputs.secretId}|${uuid(hex(32))}`,
    outputs: ({ inputs, hex }) => ({ arn: inputs.secretId, versionId: uuid(hex(32)) }),
    replaces: ['secretBinary', 'secretId', 'secretString'],
  },
  'aws:secretsmanager/secretRotation:SecretRotation': {
    id: idFrom('secretId'),
    replaces: ['secretId'],
  },
  'aws:secretsmanager/secretPolicy:SecretPolicy': { id: idFrom('secretArn'), replaces: ['secretArn'] },
  'aws:iam/role:Role': {
    name: 'name',
    arn: globalArn('iam', ({ name, inputs }) => `role${inputs.path ?? '/'}${name}`),
    outputs: ({ hex }) => ({ uniqueId: `AROA${hex(17).toUpperCase()}` }),
    replaces: ['name', 'namePrefix', 'path'],
  },
  'aws:iam/rolePolicy:RolePolicy': {
    name: 'name',
    id: ({ inputs, name }) => `${inputs.role}:${name}`,
    replaces: ['name', 'namePrefix', 'role'],
  },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': {
    id: ({ inputs }) => `${inputs.role}/${inputs.policyArn}`,
    replaces: ['policyArn', 'role'],
  },
  'aws:iam/rolePoliciesExclusive:RolePoliciesExclusive': { id: idFrom('roleName'), replaces: ['roleName'] },
  'aws:iam/policy:Policy': {
    name: 'name',
    id: ({ account, name }) => `arn:aws:iam::${account}:policy/${name}`,
    arn: ({ id }) => id,
    replaces: ['description', 'name', 'namePrefix', 'path'],
  },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    id: ({ account, inputs }) =>
      `arn:aws:iam::${account}:oidc-provider/${String(inputs.url).replace('https://', '')}`,
    arn: ({ id }) => id,
    replaces: ['url'],
  },
  'aws:iam/serviceLinkedRole:ServiceLinkedRole': {
    id: ({ account, inputs }) => `arn:aws:iam::${account}:role/aws-service-role/${inputs.awsServiceName}`,
    arn: ({ id }) => id,
    replaces: ['awsServiceName', 'customSuffix'],
  },
}
