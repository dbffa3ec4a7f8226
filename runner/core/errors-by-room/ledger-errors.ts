import { EXIT } from '../exit-codes.ts'

/** What is recorded of backups, drills and backfills. */
export const LEDGER_ERRORS = {
  'record-closed': {
    exit: EXIT.failed,
    message: (p: { record: string; id: number }) =>
      `the ${p.record} on record under ${p.id} has an end already, or is not there`,
    hint: () =>
      'Its session was gone and another one of its kind has begun since: its result does not count. Look at what it left, and run it again.',
  },
  'backfill-running': {
    exit: EXIT.busy,
    message: (p: { name: string }) => `the backfill ${p.name} is under way in another session`,
    hint: () =>
      'Wait for it to end. A dead one lets go when its connection ends; then it goes on where it was.',
  },
} as const
