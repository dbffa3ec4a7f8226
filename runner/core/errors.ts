import { ERRORS } from './error-table.ts'
import type { ExitCode } from './exit-codes.ts'

export type ErrorCode = keyof typeof ERRORS

/** The values a code's message and hint are made of. */
export type ErrorParams<C extends ErrorCode> = First<(typeof ERRORS)[C]['message']> &
  First<(typeof ERRORS)[C]['hint']>

type First<F> = F extends (params: infer P) => string ? P : never

interface TableEntry {
  readonly exit: ExitCode
  readonly message: (params: unknown) => string
  readonly hint: (params: unknown) => string
}

/** What an error looks like in a JSON report. */
export interface ErrorReport {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
  readonly cleanup?: readonly string[]
}

export interface ErrorExtras {
  readonly cause?: unknown
  /** Server fields, positions, holders: whatever a program reading `--json` may want. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Text shown below the message: an excerpt with a caret, the tail of a log. */
  readonly excerpt?: string
}

/**
 * The one error class. Its code decides the exit code, the message and the hint (`error-table.ts`).
 * A clean-up that failed on the way out is attached with `attachCleanup`; it never replaces the error.
 */
export class HowdahError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C
  readonly exit: ExitCode
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
  readonly excerpt: string | undefined
  readonly #cleanup: string[] = []

  constructor(code: C, params: ErrorParams<C>, extras: ErrorExtras = {}) {
    const entry = ERRORS[code] as unknown as TableEntry
    super(entry.message(params), extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = 'HowdahError'
    this.code = code
    this.exit = entry.exit
    this.hint = entry.hint(params)
    this.details = extras.details ?? {}
    this.excerpt = extras.excerpt
  }

  get cleanup(): readonly string[] {
    return this.#cleanup
  }

  attachCleanup(problem: unknown): void {
    this.#cleanup.push(messageOf(problem))
  }

  report(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      details: this.details,
      ...(this.#cleanup.length > 0 ? { cleanup: this.#cleanup } : {}),
    }
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Anything thrown, as a HowdahError: what is not one already is a bug of ours and says so. */
export function toHowdahError(thrown: unknown): HowdahError {
  if (thrown instanceof HowdahError) return thrown
  return new HowdahError('internal-error', { message: messageOf(thrown) }, { cause: thrown })
}

/** The system error code (`ENOENT`, `EACCES`…) of a failed file or socket operation, if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
