import * as aws from '@pulumi/aws'
import { describe, expect, test } from 'vitest'
import { type Registered, UNKNOWN } from '../../infra/policy/controls/registered.ts'
import { CONTROLS } from '../../infra/policy/controls/registry.ts'
import * as types from '../../infra/policy/controls/resource-types.ts'
import { STACKS, stanceOn } from '../../infra/policy/enforcement.ts'
import { conformingStack } from '../../infra/policy/examples/conforming.ts'
import { NOT_APPLICABLE } from '../../infra/policy/not-applicable.ts'
import { assess, findingsOf } from '../../infra/policy/verdicts.ts'
import { filesBelow } from '../architecture/source-files.ts'

const conforming = conformingStack()

/** Keys of the controls that find something, over everything that is registered. */
const finding = (resources: readonly Registered[]) =>
  CONTROLS.filter(control => findingsOf(control, resources).standing.length > 0).map(({ key }) => key)

describe('the registry of controls', () => {
  test('every file that is a control is registered, under the name of its file', () => {
    const files = filesBelow(['infra/policy/controls'], ['.ts']).flatMap(({ path, text }) =>
      /: Control = \{/.test(text) ? [path.replace(/^.*\/|\.ts$/g, '')] : [],
    )
    expect(CONTROLS.map(({ key }) => key).sort()).toEqual(files.sort())
    expect(CONTROLS.length).toBeGreaterThan(50)
  })

  test('no identifier belongs to two controls, or to a control and to what is not applicable', () => {
    const ids = [...CONTROLS.flatMap(({ ids }) => ids), ...NOT_APPLICABLE.map(({ id }) => id)]
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  test('every control for instances that the reference lists is there', () => {
    const ids = new Set(CONTROLS.flatMap(({ ids }) => ids))
    const rds = [
      1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 17, 18, 20, 21, 22, 23, 25, 26, 30, 32, 33, 36, 38, 43, 46,
    ]
    const tower = [2, 5, 7, 8, 10, 11, 13, 20, 22]
    const others = ['SecretsManager.1', 'SecretsManager.4', 'Backup.1', 'S3.5', 'S3.8', 'S3.13']
    const cis = [1, 2, 3, 4].map(number => `CIS 5.0.0/2.2.${number}`)
    const wanted = [...rds.map(n => `RDS.${n}`), ...tower.map(n => `CT.RDS.PR.${n}`), ...others, ...cis]
    expect(wanted.filter(id => !ids.has(id))).toEqual([])
  })

  test('production and staging waive nothing, and each waiver of dev says why', () => {
    for (const { key, enforcement } of CONTROLS) {
      expect(stanceOn(enforcement, 'prod'), key).toEqual({ level: 'mandatory' })
      expect(stanceOn(enforcement, 'staging'), key).toEqual({ level: 'mandatory' })
      expect(stanceOn(enforcement, 'a-stack-of-the-users'), key).toEqual({ level: 'mandatory' })
      const dev = stanceOn(enforcement, 'dev')
      if (dev.level !== 'mandatory') expect(dev.reason.length, key).toBeGreaterThan(20)
      expect(Object.keys(enforcement).filter(stack => !STACKS.some(known => known === stack))).toEqual([])
    }
  })

  test('every type a control looks at is one of the installed provider', () => {
    const known = new Set(
      Object.values(aws).flatMap(module =>
        Object.values(module ?? {}).map(member => (member as { __pulumiType?: string })?.__pulumiType),
      ),
    )
    expect(Object.values(types).filter(type => !known.has(type))).toEqual([])
  })
})

describe('the conforming example', () => {
  test('no control finds anything in it, and each has something to look at', () => {
    const verdicts = CONTROLS.map(control => [control.key, assess(control, conforming, 'prod').verdict])
    expect(verdicts.filter(([, verdict]) => verdict !== 'passed')).toEqual([])
  })

  test('says nothing that no control asks for', () => {
    // What is left out here allows more, or less, than any control minds: all events, no source, no statement.
    const told = ['sourceType', 'eventCategories', 'cidrIpv4', 'policy']
    const idle = conforming.flatMap(resource =>
      Object.keys(resource.inputs)
        .filter(key => !told.includes(key))
        .filter(key => {
          const { [key]: _, ...inputs } = resource.inputs
          const { [key]: __, ...references } = resource.references
          const without = conforming.map(each =>
            each === resource ? { ...resource, inputs, references } : each,
          )
          return finding(without).length === 0
        })
        .map(key => `${resource.type} ${resource.name}: ${key}`),
    )
    expect(idle).toEqual([])
  })
})

describe.each(CONTROLS)('$ids.0 ($key)', control => {
  const mutant = control.mutant(conforming)

  test('finds its mutant, and no other control does', () => {
    expect(finding(mutant)).toEqual([control.key])
    expect(assess(control, mutant, 'prod').verdict).toBe('violated')
  })

  test('names the resource and what is wrong', () => {
    for (const { urn, message } of findingsOf(control, mutant).standing) {
      expect(mutant.map(resource => resource.urn)).toContain(urn)
      expect(message.length).toBeGreaterThan(5)
    }
  })

  test('holds nothing against a stack without a resource of its types, and takes that for no pass', () => {
    const others = conforming.filter(({ type }) => !control.types.includes(type))
    const { verdict, violations } = assess(control, others, 'prod')
    expect({ verdict, violations }).toEqual({ verdict: 'nothing', violations: [] })
  })

  test('never passes where every value of its resources is unknown', () => {
    const unknown = mutant.map(resource => ({
      ...resource,
      inputs: Object.fromEntries(Object.keys(resource.inputs).map(key => [key, UNKNOWN])),
    }))
    const { verdict } = assess(control, unknown, 'prod')
    expect(['untold', 'violated']).toContain(verdict)
  })
})
