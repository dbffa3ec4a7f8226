import { describe, expect, test } from 'vitest'
import { openStack, type PulumiStack, pulumiVersion, withoutPulumi } from '../harness/pulumi-engine.ts'

const directory = new URL('programs/project', import.meta.url).pathname
const INSTANCE = 'urn:pulumi:small::rig::howdah:aws:Database$aws:rds/instance:Instance::main-instance'
const REPLICA = 'urn:pulumi:small::rig::howdah:aws:Database$aws:rds/instance:Instance::main-replica-1'
const title = pulumiVersion ? `the engine ${pulumiVersion}` : `the Pulumi engine (${withoutPulumi})`

/** What was done at the provider since the last time one asked, `create main-instance`. */
function watch(stack: PulumiStack) {
  let seen = 0
  return () => {
    const news = stack.provider.calls.slice(seen).filter(({ operation }) => operation !== 'read')
    seen = stack.provider.calls.length
    return news.map(({ operation, urn }) => `${operation} ${urn.split('::').at(-1)}`)
  }
}

const succeeded = { exitCode: 0 }
const planned = async (stack: PulumiStack) =>
  (await stack.plan()).map(({ op, urn }) => `${op} ${urn.split('::').at(-1)}`)

// Each starts the engine up to six times, a second or two on a quiet machine.
describe.skipIf(!pulumiVersion)(title, { timeout: 240_000 }, () => {
  test('creates a stack, changes it in place, and keeps the data when it is destroyed', async () => {
    await using stack = await openStack('small', directory)
    const done = watch(stack)
    expect(await stack.up()).toMatchObject(succeeded)
    expect(done()).toEqual(['create main-key', 'create main-instance', 'create main-replica-1'])
    expect(await planned(stack)).toEqual([])

    await stack.configure({ instanceClass: 'db.m8g.large', retention: 14, replicas: 2 })
    expect((await planned(stack)).sort()).toEqual(['create main-replica-2', 'update main-instance'])
    expect(await stack.up()).toMatchObject(succeeded)
    expect(done().sort()).toEqual(['create main-replica-2', 'update main-instance'])

    expect(await stack.destroy()).toMatchObject(succeeded)
    expect(done().sort()).toEqual(['delete main-key', 'delete main-replica-1', 'delete main-replica-2'])
  })

  test('announces a replacement with its reason, and what depends on it', async () => {
    await using stack = await openStack('small', directory)
    expect(await stack.up()).toMatchObject(succeeded)
    await stack.configure({ username: 'somebody_else' })
    const steps = await stack.plan()
    expect(steps.find(({ op, urn }) => op === 'replace' && urn === INSTANCE)).toMatchObject({
      replaceReasons: ['username'],
    })
    expect(steps.find(({ urn }) => urn === REPLICA)).toMatchObject({
      op: 'update',
      diffReasons: ['replicateSourceDb'],
    })
    const { output } = await stack.previewDiff()
    expect(output).toMatch(/\+-\s*aws:rds\/instance:Instance: \(replace/)
    expect(output).toContain('username: "pgadmin_shop" => "somebody_else"')
  })

  test('refuses to replace or destroy what is protected, and touches nothing', async () => {
    await using stack = await openStack('small', directory)
    await stack.configure({ protect: true })
    expect(await stack.up()).toMatchObject(succeeded)
    const done = watch(stack)
    done()
    const destroyed = await stack.destroy()
    expect(destroyed.exitCode).not.toBe(0)
    expect(destroyed.output).toContain('main-instance')
    await stack.configure({ encrypted: false })
    const replaced = await stack.up()
    expect(replaced.exitCode).not.toBe(0)
    expect(replaced.output).toContain('marked for protection')
    expect(done().filter(call => call.endsWith('main-instance'))).toEqual([])
  })

  test('finds what somebody changed or deleted at AWS, and puts it back', async () => {
    await using stack = await openStack('small', directory)
    expect(await stack.up()).toMatchObject(succeeded)
    stack.provider.drift.set(INSTANCE, { backupRetentionPeriod: 0 })
    stack.provider.drift.set(REPLICA, 'gone')
    const refreshed = await stack.refresh()
    expect(refreshed).toMatchObject(succeeded)
    expect(refreshed.output).toMatch(/backupRetentionPeriod: 7\s*=> 0/)
    stack.provider.drift.clear()
    expect((await planned(stack)).sort()).toEqual(['create main-replica-1', 'update main-instance'])
    const done = watch(stack)
    done()
    expect(await stack.up()).toMatchObject(succeeded)
    expect(done().sort()).toEqual(['create main-replica-1', 'update main-instance'])
  })

  test('takes a renamed child for another resource, but with an alias for the same', async () => {
    await using stack = await openStack('small', directory)
    expect(await stack.up()).toMatchObject(succeeded)
    await stack.configure({ child: 'primary' })
    expect(await planned(stack)).toEqual(
      expect.arrayContaining(['create main-primary', 'delete main-instance']),
    )
    await stack.configure({ aliases: ['main-instance'] })
    expect(await planned(stack)).toEqual([])
  })

  test('shows a person what is wrong with the settings, and not where in the program it was found', async () => {
    await using stack = await openStack('small', directory)
    await stack.configure({ retention: -1 })
    const { exitCode, output } = await stack.up()
    expect(exitCode).not.toBe(0)
    expect(output).toContain('retention: -1 is no number of days')
    expect(output).not.toMatch(/\n\s+at /)
    expect(stack.provider.calls).toEqual([])
  })
})
