import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { describe, expect, test } from 'vitest'
import { ProgramFailed, registrationsOfProject } from '../harness/pulumi-project.ts'
import { RefusedProgram, registrationsOf, UNKNOWN } from '../harness/pulumi-registrations.ts'
import { databaseProgram } from './programs/database.ts'

const INSTANCE = 'aws:rds/instance:Instance'

/** A registration as a provider's package would never make it. */
class Untyped extends pulumi.CustomResource {}

describe('the mini-engine hears what a program registers', () => {
  test('a resource has its name, its place, its inputs and its options', async () => {
    const run = await registrationsOf(() => databaseProgram({ replicas: 1 }), { stack: 'prod' })
    const component = run.only('howdah:aws:Database')
    const instance = run.only(INSTANCE, 'main-instance')
    expect(component).toMatchObject({ custom: false, parent: undefined })
    expect(instance).toMatchObject({
      urn: 'urn:pulumi:prod::shop::howdah:aws:Database$aws:rds/instance:Instance::main-instance',
      parent: component.urn,
      custom: true,
      protect: true,
      retainOnDelete: true,
      inputs: { engine: 'postgres', instanceClass: 'db.r8g.large', backupRetentionPeriod: 7 },
    })
    const key = run.only('aws:kms/key:Key')
    expect(instance.inputs.kmsKeyId).toBe(key.outputs.arn)
    expect(instance.dependencies).toEqual([key.urn])
    expect(instance.propertyDependencies).toEqual({ kmsKeyId: [key.urn] })
    const replica = run.only(INSTANCE, 'main-replica-1')
    expect(replica).toMatchObject({ protect: false, retainOnDelete: false, region: 'eu-west-1' })
    expect(replica.dependencies).toEqual([instance.urn, key.urn].sort())
    expect(run.outputs.endpoint).toBe(instance.outputs.endpoint)
  })

  test('what AWS computes has the form that it has at AWS', async () => {
    const run = await registrationsOf(() => databaseProgram({ replicas: 1 }))
    const { outputs } = run.only(INSTANCE, 'main-instance')
    expect(outputs.arn).toMatch(/^arn:aws:rds:eu-central-1:123456789012:db:main-instance-[0-9a-f]{7}$/)
    expect(outputs.endpoint).toBe(`${outputs.address}:5432`)
    expect(outputs.masterUserSecrets).toMatchObject([{ secretArn: expect.stringMatching(/:secret:rds!db-/) }])
    expect(run.only(INSTANCE, 'main-replica-1').outputs.arn).toContain(':eu-west-1:')
  })

  test('the same program gives the same answers, whatever ran before it', async () => {
    const once = await registrationsOf(() => databaseProgram({ replicas: 2 }))
    await registrationsOf(() => undefined, { stack: 'other' })
    const again = await registrationsOf(() => databaseProgram({ replicas: 2 }))
    const sorted = (run: typeof once) => run.registrations.toSorted((a, b) => (a.urn < b.urn ? -1 : 1))
    expect(sorted(again)).toEqual(sorted(once))
  })

  test('settings reach the program, and a secret one is marked wherever it goes', async () => {
    const run = await registrationsOf(
      () => {
        const config = new pulumi.Config()
        new aws.sns.Topic('plain', { displayName: config.require('size') })
        const hidden = new aws.sns.Topic('hidden', { displayName: config.requireSecret('token') })
        return { hidden: hidden.displayName, zones: config.requireObject<string[]>('zones') }
      },
      { config: { size: 'large', token: 'planted', zones: ['a', 'b'] }, secretKeys: ['token'] },
    )
    const [hidden, plain] = run.of('aws:sns/topic:Topic')
    expect(plain).toMatchObject({ inputs: { displayName: 'large' }, secretPaths: [], secretOutputPaths: [] })
    expect(hidden).toMatchObject({ inputs: { displayName: 'planted' }, secretPaths: ['displayName'] })
    expect(run.outputs).toEqual({ hidden: 'planted', zones: ['a', 'b'] })
    expect(run.secretOutputPaths).toEqual(['hidden'])
  })

  test('a preview does not know what AWS will compute', async () => {
    const run = await registrationsOf(() => databaseProgram(), { dryRun: true })
    const instance = run.only(INSTANCE)
    expect(instance.inputs.kmsKeyId).toBe(UNKNOWN)
    expect(instance.unknownPaths).toEqual(['kmsKeyId'])
    expect(run.outputs.endpoint).toBe(UNKNOWN)
  })

  test('aliases, changes to ignore and to replace on, timeouts and providers are heard', async () => {
    const run = await registrationsOf(() => {
      const provider = new aws.Provider('elsewhere', { region: 'eu-north-1' })
      new aws.sns.Topic(
        'topic',
        {},
        {
          provider,
          aliases: [{ name: 'former' }, 'urn:pulumi:test::shop::aws:sns/topic:Topic::older'],
          ignoreChanges: ['tags'],
          replaceOnChanges: ['name'],
          deleteBeforeReplace: true,
          customTimeouts: { create: '1h' },
        },
      )
    })
    const topic = run.only('aws:sns/topic:Topic')
    expect(topic).toMatchObject({
      aliases: [{ name: 'former' }, { urn: 'urn:pulumi:test::shop::aws:sns/topic:Topic::older' }],
      ignoreChanges: ['tags'],
      replaceOnChanges: ['name'],
      deleteBeforeReplace: true,
      customTimeouts: { create: '1h' },
    })
    expect(topic.provider).toContain('::elsewhere::')
    expect(topic.outputs.arn).toContain(':eu-north-1:')
  })

  test('functions of the provider are answered', async () => {
    const run = await registrationsOf(async () => ({
      account: (await aws.getCallerIdentity({})).accountId,
      partition: aws.getPartitionOutput().partition,
      region: aws.getRegionOutput().name,
      zones: aws.getAvailabilityZonesOutput({ state: 'available' }).names,
      instanceClass: aws.rds.getOrderableDbInstanceOutput({
        engine: 'postgres',
        instanceClass: 'db.r8g.large',
      }).instanceClass,
    }))
    expect(run.outputs).toEqual({
      account: '123456789012',
      partition: 'aws',
      region: 'eu-central-1',
      zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
      instanceClass: 'db.r8g.large',
    })
    expect(run.invokes).toHaveLength(5)
  })
})

describe('the mini-engine refuses what a real one would', () => {
  const refusal = async (program: () => unknown) =>
    registrationsOf(program).then(
      () => 'nothing was refused',
      (error: unknown) => (error instanceof RefusedProgram ? error.problems.join('\n') : `${error}`),
    )

  const custom = (type: string, inputs: pulumi.Inputs) => () => void new Untyped(type, 'it', inputs)

  test('a type that no provider has', async () => {
    expect(await refusal(custom('aws:rds/instnace:Instance', {}))).toContain('no installed provider')
  })

  test('a type whose replacements the model does not know', async () => {
    expect(await refusal(() => void new aws.sfn.Activity('it', {}))).toContain('add a row')
  })

  test('a required input that is missing, or an input that does not exist', async () => {
    const refused = await refusal(custom(INSTANCE, { instnaceClass: 'db.r8g.large' }))
    expect(refused).toContain('requires instanceClass')
    expect(refused).toContain('no input instnaceClass')
  })

  test('two resources of one name', async () => {
    const twice = () => [1, 2].map(() => new aws.sns.Topic('it', {}))
    expect(await refusal(() => void twice())).toContain('registered twice')
  })

  test('a program that throws, and the next one runs', async () => {
    const thrown = await refusal(() => {
      new aws.sns.Topic('it', {})
      throw new pulumi.RunError('settings: nothing fits')
    })
    expect(thrown).toContain('settings: nothing fits')
    expect((await registrationsOf(() => databaseProgram())).of(INSTANCE)).toHaveLength(1)
  })

  test('an output that fails later', async () => {
    const late = () => {
      const topic = new aws.sns.Topic('it', {})
      new aws.sns.TopicPolicy('policy', {
        arn: topic.arn,
        policy: topic.arn.apply((): string => {
          throw new Error('made of nothing')
        }),
      })
    }
    expect(await refusal(late)).toContain('made of nothing')
  })
})

describe('a project runs as the language host runs it', () => {
  const directory = new URL('programs/project', import.meta.url).pathname

  test('with the settings of its stack, and those of the test above them', async () => {
    const run = await registrationsOfProject('small', { retention: 9 }, { directory })
    expect(run.only(INSTANCE, 'main-instance').inputs).toMatchObject({
      instanceClass: 'db.t4g.medium',
      backupRetentionPeriod: 9,
    })
    expect(run.of(INSTANCE)).toHaveLength(2)
    expect(run.outputs.endpoint).toMatch(/:5432$/)
  })

  test('and its error is what a person would read', async () => {
    const failed = registrationsOfProject('small', { retention: -1 }, { directory })
    await expect(failed).rejects.toThrow(ProgramFailed)
    await expect(failed).rejects.toThrow(/retention: -1 is no number of days/)
    await expect(failed).rejects.not.toThrow(/ at /)
  })
})
