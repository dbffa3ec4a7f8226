import { describe, expect, onTestFinished, test } from 'vitest'
import platform from '../../infra/index.ts'
import { openStack, pulumiVersion, withoutPulumi } from '../harness/pulumi-engine.ts'
import { betrays, planted, secretsInClear } from '../harness/pulumi-planted.ts'
import { settingsOfProject } from '../harness/pulumi-project.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { secretsProgram } from './programs/secrets-project/secrets.ts'

const WAYS = ['straight', 'deep', 'text', 'component', 'outgoing']
const secrets = Object.fromEntries(WAYS.map(way => [way, planted(way)]))
const values = Object.values(secrets)
const directory = new URL('programs/secrets-project', import.meta.url).pathname

/** What a deployment runs with, and no program has business with. */
const SURROUNDINGS = [
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'DATABASE_URL',
  'GITHUB_TOKEN',
  'PGPASSWORD',
]

describe('five planted secrets', () => {
  test('are marked on every way through a program', async () => {
    const run = await registrationsOf(() => secretsProgram(), { config: secrets, secretKeys: WAYS })
    expect(secretsInClear(run, values)).toEqual([])
    expect(run.outputs.outgoing).toBe(secrets.outgoing)
    expect(run.secretOutputPaths).toEqual(['outgoing', 'straight'])
    expect(run.only('random:index/randomPassword:RandomPassword').secretOutputPaths).toContain('result')
  })

  test('are seen where one is not marked', async () => {
    const run = await registrationsOf(() => secretsProgram(true), { config: secrets, secretKeys: WAYS })
    expect(secretsInClear(run, values)).toEqual([
      'urn:pulumi:test::shop::aws:sns/topic:Topic::leak#displayName',
      'urn:pulumi:test::shop::aws:sns/topic:Topic::leak#displayName',
    ])
  })

  test('are recognized in other codings, and nothing is taken for one', () => {
    const secret = planted('coded+/')
    for (const coding of ['base64', 'hex', 'utf8'] as const)
      expect(betrays(`before ${Buffer.from(`user:${secret}@host`).toString(coding)} after`, secret)).toBe(
        true,
      )
    expect(betrays(encodeURIComponent(secret), secret)).toBe(true)
    expect(betrays('planted-coded', secret)).toBe(false)
  })
})

describe.each(['dev', 'staging', 'prod'])('the stack %s', stack => {
  test('registers and gives out none of the secrets around it, and no password, marked or not', async () => {
    const around = Object.fromEntries(SURROUNDINGS.map(name => [name, planted(name)]))
    setEnvironment(around)
    const run = await registrationsOf(platform, await settingsOfProject(stack))
    expect(secretsInClear(run, Object.values(around))).toEqual([])
    expect(run.registrations.length).toBeGreaterThan(50)
    const passwords = run.registrations.flatMap(({ name, type, inputs }) =>
      Object.keys(inputs)
        .filter(key => /^(password|passwordWo|secretString|secretBinary|masterPassword)$/.test(key))
        .map(key => `${type} ${name} ${key}`),
    )
    expect(passwords).toEqual([])
  })
})

describe.skipIf(!pulumiVersion)(
  pulumiVersion ? `the state of ${pulumiVersion}` : `the state of the Pulumi engine (${withoutPulumi})`,
  { timeout: 240_000 },
  () => {
    test('has five planted secrets only as ciphertext', async () => {
      await using stack = await openStack('small', directory)
      for (const [way, secret] of Object.entries(secrets)) await stack.setSecret(way, secret)
      const { exitCode, output } = await stack.up()
      expect({ exitCode, output }).toMatchObject({ exitCode: 0 })
      const state = await stack.state()
      expect(values.filter(secret => betrays(state, secret))).toEqual([])
      expect(values.filter(secret => betrays(output, secret))).toEqual([])
      expect(state).toContain('ciphertext')
    })

    test('would show one that is not marked', async () => {
      await using stack = await openStack('small', directory)
      for (const [way, secret] of Object.entries(secrets)) await stack.setSecret(way, secret)
      await stack.configure({ leak: true })
      expect(await stack.up()).toMatchObject({ exitCode: 0 })
      const state = await stack.state()
      expect(values.filter(secret => betrays(state, secret))).toEqual([secrets.text])
    })
  },
)

function setEnvironment(variables: Readonly<Record<string, string>>): void {
  const before = Object.keys(variables).map(name => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  })
}
