import { describe, expect, test } from 'vitest'
import { openStack, pulumiVersion, withoutPulumi } from '../harness/pulumi-engine.ts'

const directory = new URL('programs/project', import.meta.url).pathname
const urn = (name: string) => expect.stringMatching(new RegExp(`::${name}$`))
const title = pulumiVersion ? `the engine ${pulumiVersion}` : `the Pulumi engine (${withoutPulumi})`

describe.skipIf(!pulumiVersion)(title, () => {
  test('creates, updates in place, replaces and destroys what the program says', async () => {
    await using stack = await openStack('small', directory)
    const up = await stack.up()
    expect(up).toMatchObject({ exitCode: 0 })
    expect(stack.provider.calls.map(call => call.operation)).toEqual(['create', 'create', 'create'])
    expect(await stack.plan()).toEqual([])

    await stack.configure({ instanceClass: 'db.m8g.large', retention: 14 })
    expect(await stack.plan()).toMatchObject([{ op: 'update', urn: urn('main-instance') }])
    expect(await stack.up()).toMatchObject({ exitCode: 0 })
    expect(stack.provider.calls.slice(3)).toMatchObject([{ operation: 'update', urn: urn('main-instance') }])

    await stack.configure({ replicas: 2 })
    expect(await stack.plan()).toMatchObject([{ op: 'create', urn: urn('main-replica-2') }])

    await stack.configure({ replicas: 1, username: 'somebody_else' })
    const replaced = (await stack.plan()).filter(step => step.urn.endsWith('main-instance'))
    expect(replaced.map(({ op }) => op)).toContain('replace')
    expect(replaced.flatMap(({ replaceReasons = [] }) => replaceReasons)).toContain('username')
    expect((await stack.previewDiff()).output).toMatch(/\+-\s*aws:rds\/instance:Instance: \(replace\)/)

    await stack.configure({ username: undefined })
    expect(await stack.destroy()).toMatchObject({ exitCode: 0 })
    expect(stack.provider.calls.filter(call => call.operation === 'delete')).toHaveLength(1)
  })
})
