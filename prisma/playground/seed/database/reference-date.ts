/** The day made-up data pretends to be made on: fixed, so that the same seed gives the same rows on any day. */
export const REFERENCE_DATE = Date.UTC(2026, 0, 1)

export const DAY_MS = 86_400_000
