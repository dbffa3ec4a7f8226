import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { credentials } from '@grpc/grpc-js'
import * as analyzerServices from '@pulumi/pulumi/proto/analyzer_grpc_pb.js'
import messages, { type AnalyzeDiagnostic, type AnalyzeResponse } from '@pulumi/pulumi/proto/analyzer_pb.js'
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Registered } from '../../infra/policy/controls/registered.ts'
import { CONTROLS } from '../../infra/policy/controls/registry.ts'
import { DB_INSTANCE, KMS_KEY } from '../../infra/policy/controls/resource-types.ts'
import { conformingStack } from '../../infra/policy/examples/conforming.ts'
import { struct } from '../harness/pulumi-protocol.ts'
import { ROOT } from '../harness/pulumi-run-program.ts'
import { unknown } from '../harness/pulumi-values.ts'

type Client = InstanceType<typeof analyzerServices.AnalyzerClient>

/** The pack as the engine starts it: run-policy-pack in its folder, which prints the port it listens on. */
async function startPack() {
  const runner = join(ROOT, 'node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js')
  const child = spawn(process.execPath, [runner, '127.0.0.1:1', '.'], {
    cwd: join(ROOT, 'infra/policy'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', chunk => (errors += chunk))
  const [first] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'close').then(() => Promise.reject(new Error(errors))),
  ])
  const client: Client = new analyzerServices.AnalyzerClient(
    `127.0.0.1:${first}`,
    credentials.createInsecure(),
  )
  return {
    client,
    stop: async () => {
      client.close()
      const closed = once(child, 'close')
      child.kill()
      await closed
    },
  }
}

let pack: Awaited<ReturnType<typeof startPack>>
beforeAll(async () => {
  pack = await startPack()
})
afterAll(async () => pack?.stop())

const call = <Response>(start: (done: (error: Error | null, response: Response) => void) => void) =>
  new Promise<Response>((resolve, reject) =>
    start((error, response) => (error ? reject(error) : resolve(response))),
  )

/** What the pack says of one resource, before it is made. */
async function analyze({ urn, type, name, inputs }: Registered): Promise<AnalyzeDiagnostic[]> {
  const request = new messages.AnalyzeRequest()
  request.setUrn(urn)
  request.setType(type)
  request.setName(name)
  request.setProperties(struct(inputs))
  request.setOptions(new messages.AnalyzerResourceOptions())
  const response = await call<AnalyzeResponse>(done => pack.client.analyze(request, done))
  return response.getDiagnosticsList()
}

/** What it says of all of them together, after the update. */
async function analyzeStack(resources: readonly Registered[]): Promise<AnalyzeDiagnostic[]> {
  const request = new messages.AnalyzeStackRequest()
  request.setResourcesList(
    resources.map(({ urn, type, name, inputs, references }) => {
      const resource = new messages.AnalyzerResource()
      resource.setUrn(urn)
      resource.setType(type)
      resource.setName(name)
      resource.setProperties(struct(inputs))
      resource.setOptions(new messages.AnalyzerResourceOptions())
      for (const [property, urns] of Object.entries(references)) {
        const dependencies = new messages.AnalyzerPropertyDependencies()
        dependencies.setUrnsList([...urns])
        resource.getPropertydependenciesMap().set(property, dependencies)
      }
      return resource
    }),
  )
  const response = await call<AnalyzeResponse>(done => pack.client.analyzeStack(request, done))
  return response.getDiagnosticsList()
}

/** Names of the policies that speak, and how much they weigh. */
async function said(resources: readonly Registered[]) {
  const each = await Promise.all(resources.map(analyze))
  const diagnostics = [...each.flat(), ...(await analyzeStack(resources))]
  const levels = Object.entries(messages.EnforcementLevel)
  return diagnostics.map(diagnostic => ({
    policy: diagnostic.getPolicyname(),
    level: levels.find(([, value]) => value === diagnostic.getEnforcementlevel())?.[0],
    message: diagnostic.getMessage(),
  }))
}

describe('the policy pack, as Pulumi runs it', () => {
  test('offers a mandatory and an advisory policy for every control', async () => {
    const info = await call<InstanceType<typeof messages.AnalyzerInfo>>(done =>
      pack.client.getAnalyzerInfo(new emptyMessages.Empty(), done),
    )
    expect(info.getName()).toBe('howdah')
    const names = info.getPoliciesList().map(policy => policy.getName())
    expect(names).toEqual(CONTROLS.flatMap(({ key }) => [key, `${key}-advisory`]))
  })

  test('says nothing of a stack that conforms', async () => {
    expect(await said(conformingStack())).toEqual([])
  })

  test.each(CONTROLS)('$ids.0: refuses its mutant on prod', async control => {
    const found = await said(control.mutant(conformingStack('prod')))
    expect(found.length).toBeGreaterThan(0)
    for (const { policy, level, message } of found) {
      expect({ policy, level }).toEqual({ policy: control.key, level: 'MANDATORY' })
      expect(message).toContain(control.remedy)
    }
  })

  test.each(CONTROLS)('$ids.0: weighs its mutant on dev as its enforcement says', async control => {
    const found = await said(control.mutant(conformingStack('dev')))
    const { level } = control.enforcement.dev ?? { level: 'mandatory' }
    const policy = level === 'advisory' ? `${control.key}-advisory` : control.key
    const expected = level === 'waived' ? [] : [{ policy, level: level.toUpperCase() }]
    const distinct = new Map(found.map(each => [each.policy, { policy: each.policy, level: each.level }]))
    expect([...distinct.values()]).toEqual(expected)
  })

  test('says of a value that nobody knows yet that it cannot be told, and goes on with the others', async () => {
    const [instance] = conformingStack().filter(({ type }) => type === DB_INSTANCE)
    if (!instance) throw new Error('the example has no instance')
    const inputs = { ...instance.inputs, multiAz: unknown(), port: 5432 }
    const found = await said([{ ...instance, inputs }])
    expect(found).toContainEqual({
      policy: 'rds-multi-az-advisory',
      level: 'ADVISORY',
      message: expect.stringContaining('cannot be told'),
    })
    expect(found).toContainEqual(expect.objectContaining({ policy: 'rds-custom-port', level: 'MANDATORY' }))
  })

  test('reads what is inside a secret', async () => {
    const secret = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', value: false }
    const key = {
      urn: 'urn:pulumi:prod::example::aws:kms/key:Key::main',
      type: KMS_KEY,
      name: 'main',
      inputs: { enableKeyRotation: secret },
      references: {},
    }
    expect(await said([key])).toContainEqual(
      expect.objectContaining({ policy: 'kms-rotation', level: 'MANDATORY' }),
    )
  })
})
