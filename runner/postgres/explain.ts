import { HowdahError, messageOf, toHowdahError } from '../core/errors.ts'
import { ScriptFailure } from './connect.ts'
import { SQLSTATE, serverFields, serverNotes, sqlstateOf } from './sqlstate.ts'

/**
 * Anything thrown, as a HowdahError. An error the server sent that nobody on the way knew more about is told as what it is,
 * a rejected statement, and not as a bug.
 */
export function explainError(error: unknown): HowdahError {
  const thrown = error instanceof ScriptFailure ? error.cause : error
  if (thrown instanceof HowdahError) return thrown
  const sqlstate = sqlstateOf(thrown)
  if (sqlstate === undefined) return toHowdahError(thrown)
  const notes = serverNotes(thrown)
  const extras = {
    cause: thrown,
    details: serverFields(thrown),
    ...(notes.length > 0 ? { excerpt: notes.join('\n') } : {}),
  }
  const hint = HINTS[sqlstate]
  const params = {
    what: 'the server rejected a statement',
    reason: messageOf(thrown),
    sqlstate,
    ...(hint ? { hint } : {}),
  }
  return new HowdahError('statement-failed', params, extras)
}

const HINTS: Readonly<Record<string, string>> = {
  [SQLSTATE.insufficientPrivilege]:
    'The role of the URL lacks a privilege; `howdah doctor` lists what it may do.',
  [SQLSTATE.queryCanceled]:
    'It took longer than its bound, or somebody cancelled it. Nothing of its transaction remains.',
  [SQLSTATE.lockNotAvailable]: 'Another session holds the lock. Try again.',
}
