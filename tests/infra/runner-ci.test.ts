import { describe, expect, test } from 'vitest'
import { permissions, trusts } from '../harness/iam-policies.ts'
import { type Registered, registrationsOf } from '../harness/pulumi-registrations.ts'
import { ACCOUNT } from './programs/estates.ts'
import { RUNNER, runner, standingRunner } from './programs/runners.ts'

const TASK_DEFINITION = 'aws:ecs/taskDefinition:TaskDefinition'
const CLUSTER = `arn:aws:ecs:eu-central-1:${ACCOUNT}:cluster/shop-prod`
const TASKS = `arn:aws:ecs:eu-central-1:${ACCOUNT}:task/shop-prod/*`
const rolesOf = (run: Registered, task: string) =>
  [`${task}-execution`, `${task}-task`].map(name => run.only('aws:iam/role:Role', name).outputs.arn)

describe('CI', () => {
  const ISSUER = 'token.actions.githubusercontent.com'

  test('is let in by the token of its repository and environment, and by nothing else', async () => {
    const run = await standingRunner()
    const provider = run.only('aws:iam/openIdConnectProvider:OpenIdConnectProvider')
    expect(provider.inputs).toMatchObject({ url: `https://${ISSUER}`, clientIdLists: ['sts.amazonaws.com'] })
    expect(trusts(run, 'runner-ci')).toEqual([
      {
        of: 'runner-ci',
        sid: 'WorkflowsOfRepository',
        actions: ['sts:AssumeRoleWithWebIdentity'],
        resources: [],
        principal: { Federated: provider.outputs.arn },
        condition: {
          StringEquals: {
            [`${ISSUER}:aud`]: 'sts.amazonaws.com',
            [`${ISSUER}:sub`]: ['repo:example/shop:environment:prod'],
          },
        },
      },
    ])
  })

  test('by a branch, where its jobs name no environment, and through the provider that the account has', async () => {
    const providerArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`
    const ci = {
      ...RUNNER.ci,
      repository: 'example/shop',
      environments: [],
      refs: ['refs/heads/main'],
      tasks: ['migrateDeploy' as const],
      providerArn,
    }
    const run = await registrationsOf(() => runner({ ci }))
    expect(run.of('aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([])
    const [trust] = trusts(run, 'runner-ci')
    expect(trust?.principal).toEqual({ Federated: providerArn })
    expect(trust?.condition.StringEquals?.[`${ISSUER}:sub`]).toEqual([
      'repo:example/shop:ref:refs/heads/main',
    ])
  })

  test('may start, watch and stop migrations, pass their two roles and read their log, and nothing else', async () => {
    const run = await standingRunner()
    const definition = run.only(TASK_DEFINITION, 'runner-migrate-deploy')
    expect(permissions(run, 'runner-ci')).toEqual([
      {
        of: 'runner-ci',
        sid: 'RunTask',
        actions: ['ecs:RunTask'],
        resources: [`arn:aws:ecs:eu-central-1:${ACCOUNT}:task-definition/shop-prod-runner-migrate-deploy:*`],
        condition: { ArnEquals: { 'ecs:cluster': CLUSTER } },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'TagTaskAsItStarts',
        actions: ['ecs:TagResource'],
        resources: [TASKS],
        condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'PassRolesOfTask',
        actions: ['iam:PassRole'],
        resources: rolesOf(run, 'runner-migrate-deploy'),
        condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'WatchAndStopTask',
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: [TASKS],
        condition: {
          ArnEquals: { 'ecs:cluster': CLUSTER },
          StringEquals: { 'aws:ResourceTag/howdah:task': ['shop-prod-runner-migrate-deploy'] },
        },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'FindContainer',
        actions: ['ecs:DescribeTaskDefinition'],
        resources: ['*'],
        condition: {},
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'ReadLogs',
        actions: ['logs:GetLogEvents'],
        resources: [
          `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/howdah/shop-prod-runner:log-stream:migrate-deploy/*`,
        ],
        condition: {},
        principal: {},
      },
    ])
    // Its tasks are known by this tag, which they have from their definition.
    expect(definition.inputs.tags).toMatchObject({ 'howdah:task': 'shop-prod-runner-migrate-deploy' })
  })

  test('brings images as another role, which can do nothing else', async () => {
    const run = await standingRunner()
    const [trust] = trusts(run, 'runner-publish')
    expect(trust?.condition.StringEquals?.[`${ISSUER}:sub`]).toEqual([
      'repo:example/shop:ref:refs/heads/main',
    ])
    expect(permissions(run, 'runner-publish')).toMatchObject([
      { sid: 'SignInToRegistry', actions: ['ecr:GetAuthorizationToken'] },
      {
        sid: 'BringImages',
        resources: ['runner', 'pgbouncer'].map(
          image => `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/shop-prod/${image}`,
        ),
      },
    ])
    const actions = permissions(run, 'runner-publish').flatMap(statement => statement.actions)
    expect(actions.filter(action => !action.startsWith('ecr:') || /Delete|Policy|Tag/.test(action))).toEqual(
      [],
    )
  })

  test('has no way in where no repository is named', async () => {
    const { ci: _, ...without } = RUNNER
    const run = await registrationsOf(async () => {
      const { Runner } = await import('../../infra/components/runner/runner.ts')
      return { role: new Runner('runner', without).ciRoleArn === undefined }
    })
    expect(run.of('aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([])
    expect(run.outputs.role).toBe(true)
  })

  test('is told what `howdah ecs run` needs, none of which is secret', async () => {
    const run = await registrationsOf(() => {
      const { target, ciRoleArn, repositories } = runner()
      return { target, ciRoleArn, repositories }
    })
    expect(run.outputs.target).toEqual({
      region: 'eu-central-1',
      cluster: 'shop-prod',
      subnets: RUNNER.subnetIds,
      securityGroups: ['sg-0runner'],
      logGroup: '/howdah/shop-prod-runner',
      container: 'howdah',
      families: {
        serve: 'shop-prod-runner-serve',
        migrateDeploy: 'shop-prod-runner-migrate-deploy',
        setupAccess: 'shop-prod-runner-setup-access',
        backup: 'shop-prod-runner-backup',
      },
      logPrefixes: {
        serve: 'serve',
        migrateDeploy: 'migrate-deploy',
        setupAccess: 'setup-access',
        backup: 'backup',
      },
      propagateTags: 'TASK_DEFINITION',
    })
    expect(run.outputs.ciRoleArn).toBe(run.only('aws:iam/role:Role', 'runner-ci').outputs.arn)
    expect(run.secretOutputPaths).toEqual([])
  })
})
