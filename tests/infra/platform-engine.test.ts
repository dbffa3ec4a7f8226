import { describe, expect, test } from 'vitest'
import platform from '../../infra/index.ts'
import { openStack, type PlannedStep, pulumiVersion, withoutPulumi } from '../harness/pulumi-engine.ts'
import { isData } from '../harness/pulumi-golden.ts'
import { betrays, planted } from '../harness/pulumi-planted.ts'
import { settingsOfProject } from '../harness/pulumi-project.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'

const title = pulumiVersion ? `the engine ${pulumiVersion}` : `the Pulumi engine (${withoutPulumi})`
const typeOf = ({ urn }: { readonly urn: string }) => urn.split('::')[2]?.split('$').at(-1) ?? ''
const nameOf = ({ urn }: { readonly urn: string }) => urn.split('::').at(-1) ?? ''
const aboutInstances = (steps: readonly PlannedStep[]) =>
  steps.filter(step => typeOf(step) === 'aws:rds/instance:Instance')
const said = (steps: readonly PlannedStep[]) =>
  aboutInstances(steps)
    .map(step => [step.op, nameOf(step), ...(step.diffReasons ?? [])].join(' '))
    .sort()

describe.skipIf(!pulumiVersion)(`production with ${title}`, () => {
  test('is made as it registers, changes in place, and does not let go of its data', {
    timeout: 600_000,
  }, async () => {
    const surroundings = [
      'DATABASE_URL',
      'PGPASSWORD',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'GITHUB_TOKEN',
    ]
    const secrets = Object.fromEntries(surroundings.map(name => [name, planted(name)]))
    await using stack = await openStack('prod', undefined, secrets)
    const registered = await registrationsOf(platform, await settingsOfProject('prod'))
    const up = await stack.up()
    expect(up, up.output).toMatchObject({ exitCode: 0 })
    const made = stack.provider.calls.filter(({ operation }) => operation === 'create').map(({ urn }) => urn)
    expect(made.sort()).toEqual(
      registered.registrations
        .filter(({ custom, type }) => custom && !type.startsWith('pulumi:'))
        .map(({ urn }) => urn)
        .sort(),
    )
    expect(await stack.plan()).toEqual([])

    const state = await stack.state()
    expect(
      Object.values(secrets).filter(secret => betrays(state, secret) || betrays(up.output, secret)),
    ).toEqual([])

    await stack.configure({
      database: { instanceClass: 'db.r8g.2xlarge', backupRetentionDays: 21 },
      backups: { replicationRetentionDays: 21 },
      replicas: { count: 3 },
    })
    const steps = await stack.plan()
    expect(said(steps)).toEqual([
      'create replicas-g1-3',
      'update database-g1-instance backupRetentionPeriod instanceClass',
      'update replicas-g1-1 instanceClass',
      'update replicas-g1-2 instanceClass',
      'update replicas-g1-recovery instanceClass',
    ])
    const harmful = steps.filter(step => isData({ type: typeOf(step) }) && !/^(create|update)$/.test(step.op))
    expect(harmful).toEqual([])
    // The one thing that holds none and that AWS cannot change.
    const replaced = steps.filter(({ op }) => op === 'replace').map(nameOf)
    expect(replaced).toContain('backups-automated')

    const before = stack.provider.calls.length
    const destroyed = await stack.destroy()
    expect(destroyed.exitCode).not.toBe(0)
    const dataLost = stack.provider.calls
      .slice(before)
      .filter(({ operation, urn }) => operation === 'delete' && isData({ type: typeOf({ urn }) }))
    expect(dataLost).toEqual([])
  })
})
