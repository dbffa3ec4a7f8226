import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { registerLogGroup } from '../fargate/log-group.ts'
import { readSecrets } from '../fargate/task.ts'
import { policyDocument } from '../iam-documents.ts'
import { physicalName } from '../physical-name.ts'
import { transformed } from '../transform.ts'
import type { RdsProxyArgs, RegisteredPooler } from './pooler-args.ts'

/** RDS Proxy listens there, whatever port the database has. */
export const RDS_PROXY_PORT = 5432

/** RDS' own pooler: no tasks to look after, but sessions that use SET, temporary tables or SQL PREPARE keep a connection to themselves. */
export function registerRdsProxy(
  name: string,
  args: RdsProxyArgs,
  parent: pulumi.Resource,
): RegisteredPooler {
  const { estate, transform } = args
  const tags = { ...estate.tags }
  const physical = physicalName(estate, name)
  const logGroup = registerLogGroup(
    `${name}-logs`,
    // RDS writes there and nowhere else.
    { physicalName: `/aws/rds/proxy/${physical}`, logs: args.logs, tags },
    transform?.logGroup,
    parent,
  )
  const role = new aws.iam.Role(
    `${name}-role`,
    ...transformed<aws.iam.RoleArgs>(
      transform?.role,
      {
        description: `Reads the passwords ${physical} logs in with`,
        assumeRolePolicy: policyDocument([
          {
            Sid: 'Proxy',
            Effect: 'Allow',
            Principal: { Service: 'rds.amazonaws.com' },
            Action: ['sts:AssumeRole'],
          },
        ]),
        tags,
      },
      { parent },
    ),
  )
  const secretArns = args.credentials.map(({ secretArn }) => secretArn)
  const policy = new aws.iam.RolePolicy(
    `${name}-role`,
    ...transformed<aws.iam.RolePolicyArgs>(
      transform?.policy,
      {
        role: role.name,
        policy: policyDocument(readSecrets(secretArns, args.secretsKeyArn, estate.region)),
      },
      { parent },
    ),
  )
  const proxy = new aws.rds.Proxy(
    `${name}-proxy`,
    ...transformed<aws.rds.ProxyArgs>(
      transform?.proxy,
      {
        name: physical,
        engineFamily: 'POSTGRESQL',
        requireTls: true,
        roleArn: role.arn,
        auths: args.credentials.map(({ role: username, secretArn }) => ({
          authScheme: 'SECRETS',
          description: username,
          secretArn,
          iamAuth: 'DISABLED',
          clientPasswordAuthType: 'POSTGRES_SCRAM_SHA_256',
        })),
        vpcSubnetIds: args.subnetIds,
        vpcSecurityGroupIds: [args.securityGroupIds.loadBalancer, args.securityGroupIds.pooler],
        idleClientTimeout: args.idleClientTimeoutSeconds,
        // It would write statements to the log, with what is in them.
        debugLogging: false,
        tags,
      },
      { parent, dependsOn: [logGroup, policy] },
    ),
  )
  const targetGroup = new aws.rds.ProxyDefaultTargetGroup(
    `${name}-targets`,
    ...transformed<aws.rds.ProxyDefaultTargetGroupArgs>(
      transform?.targetGroup,
      {
        dbProxyName: proxy.name,
        connectionPoolConfig: {
          maxConnectionsPercent: args.maxConnectionsPercent,
          maxIdleConnectionsPercent: Math.floor(args.maxConnectionsPercent / 2),
          connectionBorrowTimeout: args.borrowTimeoutSeconds,
        },
      },
      { parent },
    ),
  )
  new aws.rds.ProxyTarget(
    `${name}-target`,
    ...transformed<aws.rds.ProxyTargetArgs>(
      transform?.target,
      {
        dbProxyName: proxy.name,
        targetGroupName: targetGroup.name,
        dbInstanceIdentifier: args.databaseInstanceIdentifier,
      },
      { parent },
    ),
  )
  return {
    host: proxy.endpoint,
    port: RDS_PROXY_PORT,
    logGroupName: logGroup.name,
    consoles: undefined,
    metrics: { kind: 'rds-proxy', proxyName: proxy.name },
  }
}
