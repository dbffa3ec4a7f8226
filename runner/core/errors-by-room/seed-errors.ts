import { EXIT } from '../exit-codes.ts'

/** Seeds. */
export const SEED_ERRORS = {
  'seed-profile-unknown': {
    exit: EXIT.usage,
    message: (p: { profile: string; known: readonly string[] }) =>
      `there is no seed profile "${p.profile}" (there is: ${p.known.join(', ')})`,
    hint: () => '`howdah seed --help` tells the profiles apart.',
  },
  'seed-refused': {
    exit: EXIT.refused,
    message: (p: { reason: string }) => p.reason,
    hint: (p: { instead: string }) => p.instead,
  },
  'seed-lock-timeout': {
    exit: EXIT.busy,
    message: (p: { waitedMs: number }) =>
      `another seed run is at work on this database; gave up after ${Math.round(p.waitedMs / 1000)} s`,
    hint: () => 'Wait for it to finish and run again. A dead one lets go when its connection ends.',
  },
} as const
