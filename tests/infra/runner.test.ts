import { describe, expect, test } from 'vitest'
import type { RunnerArgs } from '../../infra/components/runner/runner.ts'
import { children, refusalOf } from '../harness/pulumi-children.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { transformsOf } from '../harness/pulumi-transforms.ts'
import { DEVELOPMENT, PRODUCTION } from './programs/estates.ts'
import { RUNNER, runner, standingRunner } from './programs/runners.ts'

const TASK_DEFINITION = 'aws:ecs/taskDefinition:TaskDefinition'

describe('the runner in the cloud', () => {
  test('every resource has a name of its own, lies below the component and has the tags of the estate', async () => {
    const run = await standingRunner()
    expect(children(run)).toEqual([
      'runner-backup-execution: Role',
      'runner-backup-execution: RolePolicy',
      'runner-backup-schedule: Role',
      'runner-backup-schedule: RolePolicy',
      'runner-backup-schedule: Schedule',
      'runner-backup-task: Role',
      'runner-backup: TaskDefinition',
      'runner-ci: OpenIdConnectProvider',
      'runner-ci: Role',
      'runner-ci: RolePolicy',
      'runner-cluster: Cluster',
      'runner-discovery: Service',
      'runner-logs: LogGroup',
      'runner-migrate-deploy-execution: Role',
      'runner-migrate-deploy-execution: RolePolicy',
      'runner-migrate-deploy-task: Role',
      'runner-migrate-deploy: TaskDefinition',
      'runner-namespace: PrivateDnsNamespace',
      'runner-pgbouncer-images-lifecycle: LifecyclePolicy',
      'runner-pgbouncer-images: Repository',
      'runner-publish: Role',
      'runner-publish: RolePolicy',
      'runner-runner-images-lifecycle: LifecyclePolicy',
      'runner-runner-images: Repository',
      'runner-schedules: ScheduleGroup',
      'runner-serve-execution: Role',
      'runner-serve-execution: RolePolicy',
      'runner-serve-service: Service',
      'runner-serve-task: Role',
      'runner-serve-task: RolePolicy',
      'runner-serve: TaskDefinition',
      'runner-setup-access-execution: Role',
      'runner-setup-access-execution: RolePolicy',
      'runner-setup-access-task: Role',
      'runner-setup-access-task: RolePolicy',
      'runner-setup-access: TaskDefinition',
    ])
    const component = run.only('howdah:aws:Runner')
    for (const { parent, custom } of run.registrations) if (custom) expect(parent).toBe(component.urn)
    const untagged = run.registrations.filter(({ custom, inputs }) => custom && inputs.tags === undefined)
    // What has no tags at AWS.
    expect([...new Set(untagged.map(({ type }) => type.split(':').at(-1)))].sort()).toEqual([
      'LifecyclePolicy',
      'RolePolicy',
      'Schedule',
    ])
    for (const { inputs } of run.registrations) {
      if (inputs.tags !== undefined) expect(inputs.tags).toMatchObject(PRODUCTION.tags)
    }
  })

  test('images are encrypted, scanned as they arrive, never exchanged behind a tag, and old ones go', async () => {
    const run = await standingRunner()
    const repositories = run.of('aws:ecr/repository:Repository')
    expect(repositories.map(({ inputs }) => inputs.name)).toEqual(['shop-prod/pgbouncer', 'shop-prod/runner'])
    for (const { inputs } of repositories) {
      expect(inputs).toMatchObject({
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: RUNNER.imagesKeyArn }],
        forceDelete: false,
      })
    }
    const policies = run.of('aws:ecr/lifecyclePolicy:LifecyclePolicy')
    expect(policies).toHaveLength(2)
    for (const { inputs } of policies) {
      const { rules } = JSON.parse(String(inputs.policy)) as { rules: { selection: object }[] }
      expect(rules.map(({ selection }) => selection)).toEqual([
        { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
        { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 },
      ])
    }
    const dev = await registrationsOf(() => runner({ estate: DEVELOPMENT }))
    expect(dev.of('aws:ecr/repository:Repository').map(({ inputs }) => inputs.forceDelete)).toEqual([
      true,
      true,
    ])
  })

  test('the cluster counts what its containers use', async () => {
    const run = await standingRunner()
    expect(run.only('aws:ecs/cluster:Cluster').inputs).toMatchObject({
      name: 'shop-prod',
      settings: [{ name: 'containerInsights', value: 'enabled' }],
    })
  })

  test('before the first image there is everything but what would start it', async () => {
    const run = await registrationsOf(() => runner({ started: false }))
    expect(run.of('aws:ecs/service:Service')).toEqual([])
    expect(run.only('aws:scheduler/schedule:Schedule').inputs.state).toBe('DISABLED')
    expect(run.of(TASK_DEFINITION)).toHaveLength(4)
  })

  test('it can be previewed before anything is there', async () => {
    const run = await registrationsOf(() => runner(), { dryRun: true })
    expect(children(run)).toHaveLength(36)
  })

  const ci = { repository: 'example/shop', environments: ['prod'], refs: [], tasks: [] } as const
  test.each<[string, string, Partial<RunnerArgs>]>([
    [
      'memory that Fargate does not sell with a vCPU',
      'howdah:runner.vcpus, howdah:runner.memoryMib',
      { tasks: { migrateDeploy: { size: { cpu: 1024, memoryMib: 1024 }, environment: {}, secrets: {} } } },
    ],
    ['a repository without an owner', 'howdah:runner.ciRepository', { ci: { ...ci, repository: 'shop' } }],
    [
      'a repository that is a pattern',
      'howdah:runner.ciRepository',
      { ci: { ...ci, repository: 'example/*' } },
    ],
    ['CI that no job could be', 'howdah:runner.ciRefs', { ci: { ...ci, environments: [] } }],
    [
      'images that no job could bring',
      'howdah:runner.ciRefs',
      { ci: { ...ci, publish: { environments: [], refs: [] } } },
    ],
    [
      'a task for CI that there is not',
      'howdah:runner.ciRepository',
      { ci: { ...ci, tasks: ['rotateCredentials'] } },
    ],
  ])('%s is refused by the name of the setting, %s', async (_what, setting, change) => {
    expect(await refusalOf(() => runner(change))).toContain(`${setting}: `)
  })

  test('each resource can be changed by whoever runs the platform', async () => {
    const changed = transformsOf([
      'repository',
      'lifecyclePolicy',
      'cluster',
      'namespace',
      'logGroup',
      'discovery',
      'service',
      'scheduleGroup',
      'ciProvider',
      'ciRole',
      'ciPolicy',
      'publishRole',
      'publishPolicy',
      'executionRole',
      'executionPolicy',
      'taskRole',
      'taskPolicy',
      'taskDefinition',
      'scheduleRole',
      'schedulePolicy',
      'schedule',
    ])
    const tasks = Object.fromEntries(
      Object.entries(RUNNER.tasks).map(([name, task]) => [name, { ...task, transform: changed.transform }]),
    )
    const run = await registrationsOf(() => runner({ tasks, transform: changed.transform }))
    expect(changed.missed(run)).toEqual([])
  })
})
