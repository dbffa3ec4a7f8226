import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStack, pulumiVersion, withoutPulumi } from '../harness/pulumi-engine.ts'
import { ROOT } from '../harness/pulumi-run-program.ts'

const small = new URL('programs/project', import.meta.url).pathname
const PACK = ['--policy-pack', join(ROOT, 'infra/policy')]
const title = pulumiVersion
  ? `the policy pack in the engine ${pulumiVersion}`
  : `the policy pack in the Pulumi engine (${withoutPulumi})`

describe.skipIf(!pulumiVersion)(title, () => {
  test('refuses a program that violates controls, before anything is made', async () => {
    await using stack = await openStack('small', small)
    const { exitCode, output } = await stack.run('up', '--stack', 'small', '--yes', ...PACK)
    expect(output).toMatch(/\[mandatory\].*rds-multi-az/)
    expect(output).toMatch(/\[mandatory\].*rds-instance-events/)
    expect(exitCode).not.toBe(0)
    expect(stack.provider.calls.filter(({ operation }) => operation === 'create')).toEqual([])
  })

  test('lets production pass, and says what cannot be told yet', async () => {
    await using stack = await openStack('prod')
    const { exitCode, output } = await stack.run('preview', '--stack', 'prod', ...PACK)
    expect(output).not.toContain('[mandatory]')
    expect(output).toMatch(/\[advisory\].*cannot be told/s)
    expect(exitCode).toBe(0)
  })
})
