import type { Control, Exception, Finding } from './controls/control.ts'
import { ofTypes, type Registered } from './controls/registered.ts'
import { type Stance, stanceOn } from './enforcement.ts'

/**
 * `nothing`: the stack has no resource the control looks at, which proves nothing. `untold`: a value is not known before the
 * update. Neither is a pass.
 */
export type Verdict = 'passed' | 'violated' | 'advised' | 'waived' | 'untold' | 'nothing'

/** What a control says of a stack. */
export interface Assessment {
  readonly control: Control
  readonly stance: Stance
  readonly verdict: Verdict
  /** How many resources it looked at. */
  readonly looked: number
  readonly violations: readonly Finding[]
  readonly untold: readonly Finding[]
  /** Findings that an exception covers. */
  readonly excepted: readonly { readonly finding: Finding; readonly reason: string }[]
}

export function assess(control: Control, resources: readonly Registered[], stack: string): Assessment {
  const stance = stanceOn(control.enforcement, stack)
  const looked = ofTypes(resources, control.types).length
  const { standing, excepted } = findingsOf(control, resources)
  const violations = standing.filter(({ certainty }) => certainty === 'violated')
  const untold = standing.filter(({ certainty }) => certainty === 'untold')
  const verdict = verdictOf(stance, looked, violations.length, untold.length)
  return { control, stance, verdict, looked, violations, untold, excepted }
}

/** What a control finds, without what its exceptions cover. */
export function findingsOf(control: Control, resources: readonly Registered[]) {
  const byUrn = new Map(resources.map(resource => [resource.urn, resource]))
  const exceptionOf = (finding: Finding): Exception | undefined => {
    const resource = byUrn.get(finding.urn)
    return resource && control.exceptions?.find(({ covers }) => covers(resource))
  }
  const findings = control
    .validate(resources)
    .map(finding => ({ finding, reason: exceptionOf(finding)?.reason }))
  return {
    standing: findings.flatMap(({ finding, reason }) => (reason === undefined ? [finding] : [])),
    excepted: findings.flatMap(({ finding, reason }) => (reason === undefined ? [] : [{ finding, reason }])),
  }
}

const VERDICTS = { mandatory: 'violated', advisory: 'advised', waived: 'waived' } as const

function verdictOf(stance: Stance, looked: number, violations: number, untold: number): Verdict {
  if (violations > 0) return VERDICTS[stance.level]
  if (untold > 0) return 'untold'
  return looked === 0 ? 'nothing' : 'passed'
}
