import { describe, expect, test } from 'vitest'
import { TASK_NAMES } from '../../infra/components/runner/runner.ts'
import { taskKind } from '../../infra/components/runner/tasks.ts'
import { verbNames } from '../../runner/names.ts'
import { permissions, trusts } from '../harness/iam-policies.ts'
import { type Registered, registrationsOf } from '../harness/pulumi-registrations.ts'
import { ACCOUNT } from './programs/estates.ts'
import { RUNNER, runner, standingRunner } from './programs/runners.ts'

const TASK_DEFINITION = 'aws:ecs/taskDefinition:TaskDefinition'
const CLUSTER = `arn:aws:ecs:eu-central-1:${ACCOUNT}:cluster/shop-prod`
const TASKS = `arn:aws:ecs:eu-central-1:${ACCOUNT}:task/shop-prod/*`
const rolesOf = (run: Registered, task: string) =>
  [`${task}-execution`, `${task}-task`].map(name => run.only('aws:iam/role:Role', name).outputs.arn)

describe('a schedule', () => {
  test('starts its own task and no other, as that task, from the private subnets', async () => {
    const run = await standingRunner()
    const definition = run.only(TASK_DEFINITION, 'runner-backup')
    expect(run.only('aws:scheduler/schedule:Schedule').inputs).toMatchObject({
      name: 'shop-prod-runner-backup',
      groupName: 'shop-prod-runner',
      scheduleExpression: 'cron(30 4 * * ? *)',
      scheduleExpressionTimezone: 'UTC',
      target: {
        arn: CLUSTER,
        ecsParameters: {
          taskDefinitionArn: definition.outputs.arn,
          launchType: 'FARGATE',
          taskCount: 1,
          networkConfiguration: { assignPublicIp: false, securityGroups: ['sg-0runner'] },
        },
      },
    })
    expect(permissions(run, 'runner-backup-schedule')).toMatchObject([
      {
        actions: ['ecs:RunTask'],
        resources: [`${definition.outputs.arnWithoutRevision}:*`],
        condition: { ArnEquals: { 'ecs:cluster': CLUSTER } },
      },
      {
        actions: ['ecs:TagResource'],
        resources: [TASKS],
        condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
      },
      {
        actions: ['iam:PassRole'],
        resources: rolesOf(run, 'runner-backup'),
        condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ])
    expect(trusts(run, 'runner-backup-schedule')).toMatchObject([
      {
        principal: { Service: 'scheduler.amazonaws.com' },
        condition: {
          StringEquals: {
            'aws:SourceAccount': ACCOUNT,
            'aws:SourceArn': run.only('aws:scheduler/scheduleGroup:ScheduleGroup').outputs.arn,
          },
        },
      },
    ])
  })

  test('is off for a verb that the runner does not have, since it would fail every night', async () => {
    const schedule = { expression: 'rate(1 day)', timezone: 'UTC' }
    const tasks = Object.fromEntries(
      TASK_NAMES.map(name => [name, { ...RUNNER.tasks.migrateDeploy, schedule }]),
    ) as typeof RUNNER.tasks
    const run = await registrationsOf(() => runner({ tasks }))
    const states = Object.fromEntries(
      run.of('aws:scheduler/schedule:Schedule').map(({ inputs }) => [inputs.name, inputs.state]),
    )
    for (const name of TASK_NAMES) {
      const { suffix, command } = taskKind(name)
      const known = verbNames().includes(command.join(' '))
      expect(states).toHaveProperty(`shop-prod-runner-${suffix}`, known ? 'ENABLED' : 'DISABLED')
    }
    expect(states['shop-prod-runner-migrate-deploy']).toBe('ENABLED')
  })

  test('there is no group of schedules without one', async () => {
    const run = await registrationsOf(() =>
      runner({ tasks: { migrateDeploy: RUNNER.tasks.migrateDeploy } as typeof RUNNER.tasks }),
    )
    expect(run.of('aws:scheduler/scheduleGroup:ScheduleGroup')).toEqual([])
  })
})
