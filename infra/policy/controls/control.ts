import type { Enforcement } from '../enforcement.ts'
import type { Registered } from './registered.ts'

/** As Security Hub rates a failed finding; where it has no rating, as AWS Config's rule is commonly rated. */
export type Severity = 'low' | 'medium' | 'high' | 'critical'

/** What a control says of one resource. */
export interface Finding {
  readonly urn: string
  readonly name: string
  /** What is wrong, or what is not known; without the resource's name. */
  readonly message: string
  /** `untold`: the value is not known before the update. Never a pass. */
  readonly certainty: 'violated' | 'untold'
}

/** Changes a conforming stack so that one control, and no other, finds something. */
export type Mutation = (resources: readonly Registered[]) => readonly Registered[]

/** Resources of which a control says nothing, and why; listed in the report. */
export interface Exception {
  readonly reason: string
  readonly covers: (resource: Registered) => boolean
}

/** What part of a stack a control looks at, and what it finds there: pure, over plain inputs. */
export interface Inspection {
  /** `resource`: one at a time, before it is made. `stack`: what only several together show. */
  readonly scope: 'resource' | 'stack'
  readonly types: readonly string[]
  readonly validate: (resources: readonly Registered[]) => readonly Finding[]
}

/** One requirement of a published standard. */
export interface Control extends Inspection {
  /** Name of its file and of its policy. */
  readonly key: string
  /** Published identifiers, the leading one first: `RDS.2`, `CIS 5.0.0/2.2.3`, `CT.RDS.PR.1`. */
  readonly ids: readonly [string, ...string[]]
  /** As published, for instances where the title names clusters, too. */
  readonly title: string
  readonly severity: Severity
  /** What to set. */
  readonly remedy: string
  /** A configuration that violates it. */
  readonly mutant: Mutation
  readonly enforcement: Enforcement
  readonly exceptions?: readonly Exception[]
}
