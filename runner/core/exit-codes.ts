/**
 * Exit codes are an API: CI pipelines and cron jobs branch on them. A number is never reused for another meaning.
 */
export const EXIT = {
  /** Done, or nothing to do. */
  done: 0,
  /** A bug in Howdah. */
  bug: 1,
  /** Usage or configuration: nothing was tried. */
  usage: 2,
  /** Refused by a gate (safety, checksum, history): nothing was changed. */
  refused: 3,
  /** Failed while executing. */
  failed: 4,
  /** A lock was not acquired within its budget: try again. */
  busy: 5,
  /** Unhealthy or overdue (status, doctor, verify). */
  unhealthy: 6,
  /** Interrupted by a signal, after cleaning up. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
