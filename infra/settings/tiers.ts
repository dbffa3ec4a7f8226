const MINUTE = 60
const HOUR = 60 * MINUTE

/** What may be lost, and how long it may take to be back, in seconds. */
export interface Objective {
  readonly rpoSeconds: number
  readonly rtoSeconds: number
}

export interface TierObjectives {
  /** The instance is lost, or its data is wrong; the region is there. */
  readonly inRegion: Objective
  /** The region is lost; `undefined`: nothing is promised. */
  readonly otherRegion: Objective | undefined
  /** How old the newest restore that was proved may be, in days; `undefined`: nothing is promised. */
  readonly verifiedWithinDays: number | undefined
}

/** The recovery objectives a stack chooses among; everything else follows from them and can be overridden. */
export const TIERS = {
  bronze: {
    inRegion: { rpoSeconds: 24 * HOUR, rtoSeconds: 24 * HOUR },
    otherRegion: undefined,
    verifiedWithinDays: undefined,
  },
  silver: {
    inRegion: { rpoSeconds: 5 * MINUTE, rtoSeconds: 4 * HOUR },
    otherRegion: { rpoSeconds: 24 * HOUR, rtoSeconds: 24 * HOUR },
    verifiedWithinDays: 35,
  },
  gold: {
    inRegion: { rpoSeconds: 5 * MINUTE, rtoSeconds: 1 * HOUR },
    otherRegion: { rpoSeconds: 15 * MINUTE, rtoSeconds: 4 * HOUR },
    verifiedWithinDays: 7,
  },
} as const satisfies Readonly<Record<string, TierObjectives>>

export type Tier = keyof typeof TIERS

export const TIER_NAMES = ['bronze', 'silver', 'gold'] as const satisfies readonly Tier[]

/** `5 min`, `24 h`: as tags and documents have it. */
export function spokenDuration(seconds: number): string {
  return seconds % HOUR === 0 ? `${seconds / HOUR} h` : `${seconds / MINUTE} min`
}
