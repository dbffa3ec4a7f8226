/** One thing that was looked at after everything had come up. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** What was seen, with numbers. */
  readonly seen: string
}

/** What a check saw. */
export type Sight = Omit<Check, 'name'>
