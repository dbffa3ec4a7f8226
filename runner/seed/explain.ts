import { HowdahError, messageOf, toHowdahError } from '../core/errors.ts'
import { serverFields, sqlstateOf } from '../postgres/sqlstate.ts'
import { notMigrated } from './required-tables.ts'

const UNDEFINED_TABLE = '42P01'
const UNDEFINED_COLUMN = '42703'
/** The server's DETAIL for these quotes the whole row, password hashes included. */
const QUOTES_THE_ROW = new Set(['23502', '23514'])

/** Whatever a profile threw, as the error to report. */
export function explain(thrown: unknown, profile: string, signal: AbortSignal): HowdahError {
  if (signal.aborted) return toHowdahError(signal.reason)
  const sqlstate = sqlstateOf(thrown)
  if (thrown instanceof HowdahError || sqlstate === undefined) return toHowdahError(thrown)
  const { detail, ...fields } = serverFields(thrown)
  const details = QUOTES_THE_ROW.has(sqlstate) ? fields : { ...fields, detail }
  return explainStatement(profile, messageOf(thrown), sqlstate, details, thrown)
}

/** A statement the server refused, by its SQLSTATE. */
function explainStatement(
  profile: string,
  reason: string,
  sqlstate: string,
  details: Readonly<Record<string, unknown>>,
  cause: unknown,
): HowdahError {
  if (sqlstate === UNDEFINED_TABLE || sqlstate === UNDEFINED_COLUMN)
    return notMigrated(reason, details, cause)
  return new HowdahError(
    'statement-failed',
    { what: `seed ${profile}`, reason, sqlstate },
    { details, cause },
  )
}
