import type { Control, Severity } from '../controls/control.ts'
import type { Registered } from '../controls/registered.ts'
import { NOT_APPLICABLE, type NotApplicable, SEEN_WHILE_RUNNING } from '../not-applicable.ts'
import { type Assessment, assess, type Verdict } from '../verdicts.ts'

/** What the program of a stack registers. */
export interface RegisteredStack {
  readonly stack: string
  readonly resources: readonly Registered[]
}

/** What the pack says of some stacks: data, without a time or a place, so that the same program gives the same report. */
export interface Compliance {
  readonly schemaVersion: 1
  readonly stacks: readonly StackCompliance[]
  readonly controls: readonly ControlCompliance[]
  readonly notApplicable: readonly NotApplicable[]
  readonly seenWhileRunning: readonly NotApplicable[]
}

export interface StackCompliance {
  readonly stack: string
  readonly resources: number
  readonly counts: Readonly<Record<Verdict, number>>
  /** Types that the stack registers and that no control looks at. */
  readonly unwatched: readonly string[]
}

export interface ControlCompliance {
  readonly key: string
  readonly ids: readonly string[]
  readonly title: string
  readonly severity: Severity
  readonly remedy: string
  readonly stacks: readonly StackVerdict[]
}

export interface StackVerdict {
  readonly stack: string
  readonly verdict: Verdict
  readonly looked: number
  /** Why the stack is not held to it; `undefined`: it is. */
  readonly waiver: { readonly level: 'advisory' | 'waived'; readonly reason: string } | undefined
  readonly violations: readonly Said[]
  readonly untold: readonly Said[]
  readonly excepted: readonly (Said & { readonly reason: string })[]
}

interface Said {
  readonly resource: string
  readonly message: string
}

export function complianceOf(controls: readonly Control[], stacks: readonly RegisteredStack[]): Compliance {
  const assessed = stacks.map(({ stack, resources }) => ({
    stack,
    resources,
    assessments: controls.map(control => assess(control, resources, stack)),
  }))
  return {
    schemaVersion: 1,
    stacks: assessed.map(({ stack, resources, assessments }) => ({
      stack,
      resources: resources.length,
      counts: countsOf(assessments),
      unwatched: unwatchedOf(controls, resources),
    })),
    controls: controls.map(({ key, ids, title, severity, remedy }, index) => ({
      key,
      ids,
      title,
      severity,
      remedy,
      stacks: assessed.flatMap(({ stack, assessments }) => {
        const assessment = assessments[index]
        return assessment ? [verdictOn(stack, assessment)] : []
      }),
    })),
    notApplicable: NOT_APPLICABLE,
    seenWhileRunning: SEEN_WHILE_RUNNING,
  }
}

function verdictOn(stack: string, assessment: Assessment): StackVerdict {
  const { verdict, looked, stance, violations, untold, excepted } = assessment
  const said = ({ name, message }: { readonly name: string; readonly message: string }): Said => ({
    resource: name,
    message,
  })
  return {
    stack,
    verdict,
    looked,
    waiver: stance.level === 'mandatory' ? undefined : stance,
    violations: violations.map(said),
    untold: untold.map(said),
    excepted: excepted.map(({ finding, reason }) => ({ ...said(finding), reason })),
  }
}

const NONE: Readonly<Record<Verdict, number>> = {
  passed: 0,
  violated: 0,
  advised: 0,
  waived: 0,
  untold: 0,
  nothing: 0,
}

function countsOf(assessments: readonly Assessment[]): Readonly<Record<Verdict, number>> {
  const counts = { ...NONE }
  for (const { verdict } of assessments) counts[verdict] += 1
  return counts
}

function unwatchedOf(controls: readonly Control[], resources: readonly Registered[]): readonly string[] {
  const watched = new Set(controls.flatMap(({ types }) => types))
  const types = resources.map(({ type }) => type).filter(type => !watched.has(type))
  return [...new Set(types)].filter(type => !type.startsWith('pulumi:')).sort()
}

/** 3: a stack violates what it is held to. 6: a value is unknown, so nobody can say. 0: neither. */
export function exitCodeOf({ stacks }: Compliance): 0 | 3 | 6 {
  if (stacks.some(({ counts }) => counts.violated > 0)) return 3
  return stacks.some(({ counts }) => counts.untold > 0) ? 6 : 0
}
