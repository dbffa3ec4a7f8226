import { describe, expect, test } from 'vitest'
import { changesBetween } from '../harness/pulumi-changes.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { pgBouncer, standingPooler } from './programs/poolers.ts'
import { runner, standingRunner } from './programs/runners.ts'

const short = (changes: ReturnType<typeof changesBetween>) =>
  changes.map(({ operation, name, changed }) => `${operation} ${name}: ${changed.join(', ')}`).sort()

const poolerChanges = async (change: Parameters<typeof pgBouncer>[0]) => {
  const after = await registrationsOf(() => pgBouncer(change))
  return short(changesBetween((await standingPooler()).registrations, after.registrations))
}

const runnerChanges = async (change: Parameters<typeof runner>[0]) => {
  const after = await registrationsOf(() => runner(change))
  return short(changesBetween((await standingRunner()).registrations, after.registrations))
}

describe('a change of the pooler leaves what clients know of it alone', () => {
  test('a new image is a new revision of its task, and nothing else', async () => {
    expect(await poolerChanges({ image: 'other:2' })).toEqual(['replace pooler-task: containerDefinitions'])
  })

  test('other limits are, too', async () => {
    expect(await poolerChanges({ ini: '[pgbouncer]\nmax_client_conn = 9\n' })).toEqual([
      'replace pooler-task: containerDefinitions',
    ])
  })

  test('more tasks are a number of autoscaling', async () => {
    expect(await poolerChanges({ tasks: 4, maximumTasks: 4 })).toEqual([
      'delete pooler-scaling-policy: ',
      'delete pooler-scaling-target: ',
      'update pooler-service: desiredCount',
    ])
    expect(await poolerChanges({ maximumTasks: 5, maximumPercent: 150 })).toEqual([
      'update pooler-scaling-target: maxCapacity',
      'update pooler-service: deploymentMaximumPercent',
    ])
  })

  test('what was started can be stopped, and the name in front of it stays', async () => {
    expect(await poolerChanges({ started: false })).toEqual([
      'delete pooler-scaling-policy: ',
      'delete pooler-scaling-target: ',
      'delete pooler-service: ',
    ])
  })
})

describe('a change of the runner', () => {
  test('of its image is a new revision of each family', async () => {
    expect(await runnerChanges({ image: '1.4.3' })).toEqual(
      ['backup', 'migrate-deploy', 'serve', 'setup-access'].map(
        name => `replace runner-${name}: containerDefinitions`,
      ),
    )
  })

  test('of how long logs are kept is an update', async () => {
    expect(
      await runnerChanges({
        logs: { keyArn: 'arn:aws:kms:eu-central-1:123456789012:key/other', retentionDays: 30 },
      }),
    ).toEqual(['update runner-logs: kmsKeyId, retentionInDays'])
  })

  test('nothing is a change where nothing was changed', async () => {
    expect(await runnerChanges({})).toEqual([])
    expect(await poolerChanges({})).toEqual([])
  })
})
