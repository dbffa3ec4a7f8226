import { EXIT } from '../exit-codes.ts'

/** Roles and grants. */
export const ACCESS_ERRORS = {
  'access-role-refused': {
    exit: EXIT.refused,
    message: (p: { role: string; reason: string }) =>
      `role "${p.role}" is ${p.reason}: nothing of the model must be given to it, or taken from it`,
    hint: () =>
      'Give another name below `roles` in HOWDAH_ACCESS, or set up with another role; `howdah setup access --dry-run` prints what would be done.',
  },
  'access-busy': {
    exit: EXIT.busy,
    message: (p: { what: string; waitedMs: number }) => `${p.what} (waited ${p.waitedMs} ms)`,
    hint: () =>
      'Nothing of the transaction remains. Run the same command again; --run-lock-budget-ms and --lock-timeout-ms say how long to wait.',
  },
  'access-incomplete': {
    exit: EXIT.failed,
    message: (p: { left: readonly string[] }) =>
      `the server accepted every statement, and this is still not as declared: ${p.left.join('; ')}`,
    hint: () =>
      'A privilege that another role granted can be revoked by that role or a superuser alone: run what `howdah setup access --dry-run` prints as one of them.',
  },
} as const
