import { type PgBouncerArgs, Pooler, type RdsProxyArgs } from '../../../infra/components/pooler/pooler.ts'
import { standing } from '../../harness/pulumi-children.ts'
import { ACCOUNT, KEY, LOGS_KEY, PRODUCTION, secretArn } from './estates.ts'

const COMMON = {
  estate: PRODUCTION,
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'],
  securityGroupIds: { loadBalancer: 'sg-0balancer', pooler: 'sg-0pooler' },
  secretsKeyArn: KEY,
  logs: { keyArn: LOGS_KEY, retentionDays: 90 },
}

export const PGBOUNCER: PgBouncerArgs = {
  ...COMMON,
  kind: 'pgbouncer',
  port: 6432,
  clusterArn: `arn:aws:ecs:eu-central-1:${ACCOUNT}:cluster/shop-prod`,
  clusterName: 'shop-prod',
  namespaceId: 'ns-0123456789abcdef',
  image: `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/shop-prod/pgbouncer:1`,
  imageRepositoryArn: `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/shop-prod/pgbouncer`,
  architecture: 'X86_64',
  size: { cpu: 2048, memoryMib: 4096 },
  processes: 2,
  tasks: 3,
  maximumTasks: 4,
  maximumPercent: 200,
  ini: '[pgbouncer]\nlisten_port = 6432\n',
  authUser: 'pgbouncer_auth',
  secrets: {
    authPassword: { arn: secretArn('pooler-auth'), key: 'password' },
    adminPassword: { arn: secretArn('pooler-admin'), key: 'password' },
    statsPassword: { arn: secretArn('pooler-stats') },
    tls: {
      certificate: { arn: secretArn('pooler-tls'), key: 'certificate' },
      key: { arn: secretArn('pooler-tls'), key: 'key' },
    },
  },
  serverCa: '-----BEGIN CERTIFICATE-----',
  deletionProtection: true,
  crossZone: true,
  started: true,
}

export const RDS_PROXY: RdsProxyArgs = {
  ...COMMON,
  kind: 'rds-proxy',
  databaseInstanceIdentifier: 'shop-prod-1',
  credentials: [
    { role: 'app_a', secretArn: secretArn('app-a') },
    { role: 'app_b', secretArn: secretArn('app-b') },
  ],
  maxConnectionsPercent: 80,
  borrowTimeoutSeconds: 15,
  idleClientTimeoutSeconds: 1800,
}

export const pgBouncer = (change: Partial<PgBouncerArgs> = {}) =>
  new Pooler('pooler', { ...PGBOUNCER, ...change })
export const rdsProxy = (change: Partial<RdsProxyArgs> = {}) =>
  new Pooler('pooler', { ...RDS_PROXY, ...change })

export const standingPooler = standing(() => pgBouncer())
