/**
 * `HOWDAH_THOROUGH=1 npm test`: random suites draw as often on every major version as otherwise on all of them together, and
 * nothing is sampled. It takes about an hour; every run without it is a sample of the same thing.
 */
export const THOROUGH = process.env.HOWDAH_THOROUGH === '1'

/** How many draws belong to one of four major versions. */
export const share = (draws: number): number => (THOROUGH ? draws : Math.ceil(draws / 4))
