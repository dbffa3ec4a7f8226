import { createHash } from 'node:crypto'

export type Inputs = Readonly<Record<string, unknown>>

/** What the model knows of a resource when it says what AWS would answer. The same URN and inputs give the same answer. */
export interface Facts {
  readonly urn: string
  readonly type: string
  /** The name at AWS: given by the program, or the logical one with seven digits as the bridge's auto-naming does. */
  readonly name: string
  readonly inputs: Inputs
  readonly region: string
  readonly account: string
  /** Hexadecimal digits that belong to this resource alone. */
  readonly hex: (length: number) => string
  readonly id: string
  readonly arn: string
}

export const ACCOUNT = '123456789012'
export const REGION = 'eu-central-1'

/** Digits made of a text: what AWS would draw at random stays the same from run to run. */
export function digits(text: string, length: number): string {
  return createHash('sha512').update(text).digest('hex').slice(0, length)
}

/** `8-4-4-4-12`, as of a KMS key. */
export function uuid(text: string): string {
  return digits(text, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
