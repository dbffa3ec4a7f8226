import {
  measuresInstances,
  Runner,
  type RunnerArgs,
  type RunnerTask,
  writesSecrets,
} from '../../../infra/components/runner/runner.ts'
import { standing } from '../../harness/pulumi-children.ts'
import { ACCOUNT, KEY, LOGS_KEY, PRODUCTION, secretArn } from './estates.ts'

const IMAGES_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/22222222-3333-4444-5555-666666666666`

export const INSTANCE = `arn:aws:rds:eu-central-1:${ACCOUNT}:db:shop-prod-1`

const task = (role: string, more: Partial<RunnerTask> = {}): RunnerTask => ({
  size: { cpu: 1024, memoryMib: 2048 },
  environment: { HOWDAH_LOG_FORMAT: 'json' },
  secrets: { DATABASE_URL: { arn: secretArn(role), key: 'url' } },
  ...more,
})

export const RUNNER: RunnerArgs = {
  estate: PRODUCTION,
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'],
  securityGroupId: 'sg-0runner',
  image: '1.4.2',
  architecture: 'X86_64',
  imagesKeyArn: IMAGES_KEY,
  secretsKeyArn: KEY,
  logs: { keyArn: LOGS_KEY, retentionDays: 90 },
  tasks: {
    serve: task('monitor', {
      statements: measuresInstances([INSTANCE]),
    }),
    migrateDeploy: task('migrator'),
    setupAccess: task('owner', {
      statements: writesSecrets([secretArn('migrator'), secretArn('reader')], KEY, 'eu-central-1'),
    }),
    backup: task('reader', {
      scratch: { path: '/scratch', sizeGib: 100 },
      schedule: { expression: 'cron(30 4 * * ? *)', timezone: 'UTC' },
    }),
  },
  started: true,
  ci: {
    repository: 'example/shop',
    environments: ['prod'],
    refs: [],
    tasks: ['migrateDeploy'],
    publish: { environments: [], refs: ['refs/heads/main'] },
  },
}

export const runner = (change: Partial<RunnerArgs> = {}) => new Runner('runner', { ...RUNNER, ...change })

export const standingRunner = standing(() => runner())
