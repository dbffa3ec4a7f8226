import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Registered } from '../../infra/policy/controls/registered.ts'
import { CONTROLS } from '../../infra/policy/controls/registry.ts'
import { STACKS } from '../../infra/policy/enforcement.ts'
import { type Compliance, complianceOf, exitCodeOf } from '../../infra/policy/report/compliance.ts'
import { complianceMarkdown } from '../../infra/policy/report/markdown.ts'
import { assess, findingsOf } from '../../infra/policy/verdicts.ts'
import { resourcesOfStack } from '../harness/pulumi-compliance.ts'
import { ROOT } from '../harness/pulumi-run-program.ts'

const registered = new Map<string, readonly Registered[]>()
let previewed: readonly Registered[] = []
let compliance: Compliance

beforeAll(async () => {
  const [preview, ...stacks] = await Promise.all([
    resourcesOfStack('prod', {}, { dryRun: true }),
    ...STACKS.map(async stack => [stack, await resourcesOfStack(stack)] as const),
  ])
  previewed = preview
  for (const [stack, resources] of stacks) registered.set(stack, resources)
  compliance = complianceOf(
    CONTROLS,
    stacks.map(([stack, resources]) => ({ stack, resources })),
  )
})

const of = (stack: string) => registered.get(stack) ?? []

const withVerdict = (stack: string, ...verdicts: string[]) =>
  CONTROLS.flatMap(control => {
    const { verdict, violations, untold } = assess(control, of(stack), stack)
    const said = [...violations, ...untold].map(({ name, message }) => `${name}: ${message}`)
    return verdicts.includes(verdict) ? [`${control.ids[0]}: ${said.join('; ')}`] : []
  })

describe("the project's own stacks", () => {
  test.each(STACKS)('%s violates nothing that it is held to, and leaves nothing open', stack => {
    expect(of(stack).length).toBeGreaterThan(50)
    expect(withVerdict(stack, 'violated', 'advised', 'untold')).toEqual([])
  })

  test('what dev waives is waived for a reason that is needed', () => {
    const waived = CONTROLS.filter(control => assess(control, of('dev'), 'dev').verdict === 'waived')
    expect(waived.length).toBeGreaterThan(3)
    expect(withVerdict('prod', 'waived')).toEqual([])
    expect(withVerdict('staging', 'waived')).toEqual([])
  })

  test('the committed report is the one of this program (else: npm run infra:compliance)', () => {
    expect(readFileSync(join(ROOT, 'infra/COMPLIANCE.md'), 'utf8')).toBe(complianceMarkdown(compliance))
    expect(exitCodeOf(compliance)).toBe(0)
  })

  test('a second run gives the same report, byte for byte', async () => {
    const report = (resources: readonly Registered[]) =>
      complianceMarkdown(complianceOf(CONTROLS, [{ stack: 'dev', resources }]))
    expect(report(await resourcesOfStack('dev'))).toBe(report(of('dev')))
  })

  test('a violation ends the command with 3, and a value that nobody knows with 6', () => {
    const [control] = CONTROLS
    if (!control) throw new Error('there are no controls')
    const mutated = { stack: 'prod', resources: control.mutant(of('prod')) }
    expect(exitCodeOf(complianceOf(CONTROLS, [mutated]))).toBe(3)
    expect(exitCodeOf(complianceOf(CONTROLS, [{ stack: 'prod', resources: previewed }]))).toBe(6)
  })
})

describe('production, changed for the worse', () => {
  test.each(CONTROLS)(
    '$ids.0 ($key): a change of what prod registers is found by it, and by no other',
    control => {
      const mutant = control.mutant(of('prod'))
      const finding = CONTROLS.filter(each => findingsOf(each, mutant).standing.length > 0)
      expect(finding.map(({ ids }) => ids[0])).toEqual([control.ids[0]])
    },
  )
})

describe('production, before it exists', () => {
  test('what is known in a preview is judged as it is later, and the rest is no pass', () => {
    const sooner = CONTROLS.map(control => [control.key, assess(control, previewed, 'prod').verdict])
    const later = new Map(CONTROLS.map(control => [control.key, assess(control, of('prod'), 'prod').verdict]))
    const different = sooner.filter(([key, verdict]) => verdict !== later.get(`${key}`))
    expect(different.length).toBeGreaterThan(0)
    expect(new Set(different.map(([, verdict]) => verdict))).toEqual(new Set(['untold']))
  })
})
