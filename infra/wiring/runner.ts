import type { Output } from '@pulumi/pulumi'
import { DEFAULT_ADMIN_USER } from '../../runner/names.ts'
import type { Access } from '../components/access/access.ts'
import type { Backups } from '../components/backups/backups.ts'
import { writerStatements } from '../components/backups/dump-roles.ts'
import type { Credentials } from '../components/credentials.ts'
import type { Database } from '../components/database/database.ts'
import type { Estate } from '../components/estate.ts'
import type { SecretReference } from '../components/fargate/container.ts'
import { discoveryHost } from '../components/fargate/discovery.ts'
import type { Statement } from '../components/iam-documents.ts'
import type { Keys } from '../components/keys.ts'
import type { Network } from '../components/network/network.ts'
import type { RunnerArgs, RunnerTask } from '../components/runner/runner.ts'
import { certificateBundle } from '../settings/certificate-bundle.ts'
import type { Settings } from '../settings/settings.ts'
import { TIERS } from '../settings/tiers.ts'
import { directUrl } from './urls.ts'

interface Parts {
  readonly network: Network
  readonly keys: Keys
  readonly database: Database
  readonly credentials: Credentials
  readonly access: Access
  readonly backups: Backups
  /** Identifiers of the replicas in the same region. */
  readonly replicas: readonly string[]
}

const CPU_UNITS = 1024

export function runnerArgs(settings: Settings, estate: Estate, parts: Parts): RunnerArgs {
  const { runner, platform, database } = settings
  const { network, keys } = parts
  return {
    estate,
    vpcId: network.vpcId,
    subnetIds: network.applicationSubnetIds,
    securityGroupId: network.groupId('runner'),
    image: runner.image,
    architecture: runner.architecture,
    imagesKeyArn: keys.dataArn,
    secretsKeyArn: keys.secretsArn,
    logs: { keyArn: keys.dataArn, retentionDays: database.logRetentionDays },
    tasks: tasks(settings, estate, parts),
    started: platform.started,
    ...(runner.ciRepository !== undefined && {
      ci: {
        repository: runner.ciRepository,
        environments: runner.ciEnvironments,
        refs: runner.ciRefs,
        ...(runner.ciProviderArn !== undefined && { providerArn: runner.ciProviderArn }),
        tasks: ['migrateDeploy'],
        publish: { environments: runner.ciEnvironments, refs: runner.ciRefs },
      },
    }),
  }
}

function tasks(settings: Settings, estate: Estate, parts: Parts): RunnerArgs['tasks'] {
  const { credentials, database, access } = parts
  const { runner, pooler } = settings
  const size = { cpu: runner.vcpus * CPU_UNITS, memoryMib: runner.memoryMib }
  const bundle = certificateBundle(settings)
  const url = {
    DATABASE_URL: directUrl(settings, database),
    ...(bundle !== undefined && { HOWDAH_DATABASE_CA: bundle }),
  }
  const as = (arn: Output<string>): Readonly<Record<string, SecretReference>> => ({
    PGUSER: { arn, key: 'username' },
    PGPASSWORD: { arn, key: 'password' },
  })
  const consoles: Readonly<Record<string, SecretReference>> =
    pooler.kind === 'pgbouncer'
      ? { HOWDAH_POOLER_ADMIN_PASSWORD: { arn: credentials.arns['pooler-admin'], key: 'password' } }
      : {}
  const consoleUrl: Readonly<Record<string, string>> =
    pooler.kind === 'pgbouncer' ? { HOWDAH_POOLER_ADMIN_URLS: consoleUrlOf(settings, estate) } : {}
  const master = database.masterSecretArn
  const changing: RunnerArgs['tasks'] =
    master === undefined
      ? {}
      : {
          setupAccess: {
            size,
            environment: { ...url, HOWDAH_ACCESS: environmentValue(access, 'HOWDAH_ACCESS') },
            // For `setup pooler-auth`, which runs in the same task.
            secrets: {
              ...as(master),
              HOWDAH_POOLER_AUTH_PASSWORD: { arn: credentials.arns['pooler-auth'], key: 'password' },
            },
          },
          rotateCredentials: {
            size,
            environment: url,
            secrets: as(master),
            statements: writeSecrets(estate, parts),
          },
        }
  return {
    ...changing,
    migrateDeploy: {
      size,
      environment: { ...url, ...consoleUrl },
      secrets: { ...as(credentials.arns.migrator), ...consoles },
    },
    ...(runner.serve && {
      serve: serve(settings, estate, parts, { size, url: { ...url, ...consoleUrl }, consoles, as }),
    }),
    ...(settings.backups.dumps && {
      backup: {
        size,
        environment: url,
        secrets: as(credentials.arns['read-only']),
        statements: writeDumps(estate, parts),
        schedule: { expression: runner.backupSchedule, timezone: 'UTC' },
      },
    }),
  }
}

interface TaskParts {
  readonly size: RunnerTask['size']
  readonly url: Readonly<Record<string, Output<string> | string>>
  readonly consoles: Readonly<Record<string, SecretReference>>
  readonly as: (arn: Output<string>) => Readonly<Record<string, SecretReference>>
}

function serve(settings: Settings, estate: Estate, parts: Parts, own: TaskParts): RunnerTask {
  const { tier } = settings.platform
  const { otherRegion } = TIERS[tier]
  const instances = [parts.database.identifier, ...parts.replicas]
  return {
    size: own.size,
    environment: {
      ...own.url,
      HOWDAH_METRICS_HOST: '0.0.0.0',
      HOWDAH_RDS_INSTANCE: instances.join(','),
      HOWDAH_AWS_REGION: estate.region,
      HOWDAH_EXPECTED_REPLICAS: String(settings.replicas.count + (settings.replicas.recovery ? 1 : 0)),
      ...(otherRegion && {
        HOWDAH_DRILL_TARGETS: `region-loss=${otherRegion.rtoSeconds / 60}m:${otherRegion.rpoSeconds / 60}m`,
      }),
    },
    secrets: { ...own.as(parts.credentials.arns.monitor), ...own.consoles },
    statements: lookAtRds(estate, instances, parts.database),
  }
}

/** The namespace and the API have no finer grain than the account; instances are named where they can be. */
function lookAtRds(estate: Estate, instances: readonly string[], database: Database): readonly Statement[] {
  const arns = instances.map(identifier =>
    database.arn.apply(arn => [...arn.split(':').slice(0, 6), identifier].join(':')),
  )
  return [
    {
      Sid: 'LookAtInstances',
      Effect: 'Allow',
      Action: ['rds:DescribeDBInstances'],
      Resource: arns,
    },
    {
      Sid: 'LookAtBackups',
      Effect: 'Allow',
      Action: [
        'rds:DescribeDBSnapshots',
        'rds:DescribeDBInstanceAutomatedBackups',
        'rds:DescribePendingMaintenanceActions',
      ],
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestedRegion': estate.region } },
    },
    {
      Sid: 'ReadMetrics',
      Effect: 'Allow',
      Action: ['cloudwatch:GetMetricData'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestedRegion': estate.region } },
    },
  ]
}

/** A new password is told to the application by its secret, which is read back to see how far a run that was killed had come. */
function writeSecrets({ region }: Estate, { credentials, keys }: Parts): readonly Statement[] {
  const { application, migrator, monitor } = credentials.arns
  return [
    {
      Sid: 'WriteCredentials',
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
      Resource: [application, credentials.arns['read-only'], migrator, monitor],
    },
    {
      Sid: 'EncryptCredentials',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: keys.secretsArn,
      Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
    },
  ]
}

function writeDumps({ region }: Estate, { backups, keys }: Parts): readonly Statement[] {
  const bucketArn = backups.dumpsBucketArn
  if (bucketArn === undefined) return []
  // What the role of dumps may, the task that makes them may: it has a role of its own, as every task.
  return writerStatements({
    bucketArn,
    keyArn: keys.backupsArn,
    region,
  })
}

const environmentValue = (access: Access, name: string) =>
  access.environment.apply(entries => entries.find(entry => entry.name === name)?.value ?? '{}')

/** Where the console of every pooler answers; the password is a setting of its own, since it is a secret. */
const consoleUrlOf = ({ pooler }: Settings, estate: Estate): string =>
  `postgresql://${DEFAULT_ADMIN_USER}@${discoveryHost(estate, 'pooler')}:${pooler.port}/pgbouncer?sslmode=require`
