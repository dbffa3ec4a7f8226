import type { Facts } from '../pulumi-facts.ts'

type Known = Omit<Facts, 'arn'>

/** `arn:aws:rds:<region>:<account>:db:<name>`; `path` is what stands behind the account. */
export const arn =
  (service: string, path: (facts: Known) => string) =>
  (facts: Known): string =>
    `arn:aws:${service}:${facts.region}:${facts.account}:${path(facts)}`

/** Of a service that has no regions. */
export const globalArn =
  (service: string, path: (facts: Known) => string) =>
  (facts: Known): string =>
    `arn:aws:${service}::${facts.account}:${path(facts)}`

/** `vpc-0123456789abcdef0` */
export const ec2Id = (prefix: string) => (facts: Omit<Facts, 'id' | 'arn'>) => `${prefix}-${facts.hex(17)}`

/** The value of another input is the identifier. */
export const idFrom = (key: string) => (facts: Omit<Facts, 'id' | 'arn'>) => String(facts.inputs[key])
