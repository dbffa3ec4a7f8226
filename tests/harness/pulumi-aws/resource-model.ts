import type { Facts } from '../pulumi-facts.ts'

/** How a type of resource behaves; what is not said here is taken from the declarations of the package. */
export interface ResourceModel {
  /** The input that names it at AWS, filled in by the provider where the program leaves it out. */
  readonly name?: string
  readonly id?: (facts: Omit<Facts, 'id' | 'arn'>) => string
  readonly arn?: (facts: Omit<Facts, 'arn'>) => string
  /** Computed outputs that somebody reads; others are made up by their type. */
  readonly outputs?: (facts: Facts) => Readonly<Record<string, unknown>>
  /** Inputs whose change makes AWS's provider replace the resource: those it marks ForceNew or RequiresReplace. */
  readonly replaces: readonly string[]
}
