import { describe, expect, test } from 'vitest'
import { permissions, tooWide } from '../harness/iam-policies.ts'
import { children } from '../harness/pulumi-children.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { transformsOf } from '../harness/pulumi-transforms.ts'
import { KEY, LOGS_KEY, secretArn } from './programs/estates.ts'
import { RDS_PROXY, rdsProxy } from './programs/poolers.ts'

describe('RDS Proxy instead of PgBouncer', () => {
  test('it asks for TLS, reads the passwords of these roles, and lies in private subnets', async () => {
    const run = await registrationsOf(() => rdsProxy())
    expect(children(run)).toEqual([
      'pooler-logs: LogGroup',
      'pooler-proxy: Proxy',
      'pooler-role: Role',
      'pooler-role: RolePolicy',
      'pooler-target: ProxyTarget',
      'pooler-targets: ProxyDefaultTargetGroup',
    ])
    expect(run.only('aws:rds/proxy:Proxy').inputs).toMatchObject({
      name: 'shop-prod-pooler',
      engineFamily: 'POSTGRESQL',
      requireTls: true,
      debugLogging: false,
      vpcSubnetIds: RDS_PROXY.subnetIds,
      vpcSecurityGroupIds: ['sg-0balancer', 'sg-0pooler'],
      auths: ['app-a', 'app-b'].map(name => ({
        authScheme: 'SECRETS',
        secretArn: secretArn(name),
        iamAuth: 'DISABLED',
        clientPasswordAuthType: 'POSTGRES_SCRAM_SHA_256',
      })),
    })
    expect(permissions(run)).toMatchObject([
      { sid: 'ReadSecrets', resources: ['app-a', 'app-b'].map(secretArn) },
      { sid: 'DecryptSecrets', resources: [KEY] },
    ])
    expect(tooWide(permissions(run))).toEqual([])
  })

  test('it lends out a share of the connections of one instance', async () => {
    const run = await registrationsOf(() => rdsProxy())
    expect(run.only('aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup').inputs).toMatchObject({
      dbProxyName: 'shop-prod-pooler',
      connectionPoolConfig: { maxConnectionsPercent: 80, connectionBorrowTimeout: 15 },
    })
    expect(run.only('aws:rds/proxyTarget:ProxyTarget').inputs).toMatchObject({
      dbInstanceIdentifier: 'shop-prod-1',
    })
  })

  test('the log that RDS would make by itself is there before, encrypted, and ends', async () => {
    const run = await registrationsOf(() => rdsProxy())
    const log = run.only('aws:cloudwatch/logGroup:LogGroup')
    expect(log.inputs).toMatchObject({
      name: '/aws/rds/proxy/shop-prod-pooler',
      kmsKeyId: LOGS_KEY,
      retentionInDays: 90,
    })
    expect(run.only('aws:rds/proxy:Proxy').dependencies).toContain(log.urn)
  })

  test('it listens on 5432 whatever port the database has, and has no console', async () => {
    const run = await registrationsOf(() => {
      const { host, port, consoles, metrics } = rdsProxy()
      return { host, port, consoles: consoles === undefined, metrics }
    })
    expect(run.outputs).toEqual({
      host: run.only('aws:rds/proxy:Proxy').outputs.endpoint,
      port: 5432,
      consoles: true,
      metrics: { kind: 'rds-proxy', proxyName: 'shop-prod-pooler' },
    })
  })

  test('each resource can be changed by whoever runs the platform', async () => {
    const changed = transformsOf(['logGroup', 'role', 'policy', 'proxy', 'targetGroup', 'target'])
    const run = await registrationsOf(() => rdsProxy({ transform: changed.transform }))
    expect(changed.missed(run)).toEqual([])
  })
})
