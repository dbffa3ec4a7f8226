/** `note` is worth knowing, `warning` will hurt some day, `problem` hurts now, `unknown` could not be checked. */
export type FindingStatus = 'ok' | 'note' | 'warning' | 'problem' | 'unknown'

/** One thing the doctor looked at. */
export interface Finding {
  /** `<check>.<what>`, stable: scripts match on it. */
  readonly key: string
  readonly status: FindingStatus
  /** What was found, with its numbers. */
  readonly sentence: string
  /** What to do, with the command; `null` when there is nothing to do. */
  readonly next: string | null
  /** For `unknown`: the error that kept the check from running; `null` where there was none, as with a missing privilege. */
  readonly error: string | null
}

export function ok(key: string, sentence: string): Finding {
  return { key, status: 'ok', sentence, next: null, error: null }
}

export function finding(
  key: string,
  status: 'note' | 'warning' | 'problem',
  sentence: string,
  next: string,
): Finding {
  return { key, status, sentence, next, error: null }
}

/** What this role may not see: nothing is wrong with that, and nothing is known. */
export function hidden(key: string, sentence: string, next: string): Finding {
  return { key, status: 'unknown', sentence, next, error: null }
}

/** A check that an error kept from running; it never counts as passed. */
export function notChecked(key: string, error: string): Finding {
  const next = 'Put the cause right and run `howdah doctor` again.'
  return { key, status: 'unknown', sentence: `not checked: ${error}`, next, error }
}

/** Healthy: no problem, and nothing that an error kept from being checked. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ status, error }) => status !== 'problem' && error === null)
}
