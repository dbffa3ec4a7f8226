import { DatabaseError } from 'pg'
import { HowdahError, messageOf } from '../../core/errors.ts'
import { SQLSTATE, serverFields, serverNotes, sqlstateOf } from '../../postgres/sqlstate.ts'
import { excerptAt, offsetOfCodePoint } from '../../sql/position.ts'
import { type ClassifiedStatement, locate, type Script } from '../plan/script.ts'

/** What is left after a failure, as the first half of the hint. */
const REMAINS = {
  file: 'Nothing of this file is in the database: its transaction was rolled back.',
  repeatables: 'No repeatable of this run is in the database: their transaction was rolled back.',
  statement: 'The statements before this one have taken effect and are recorded; this one has not.',
} as const

const DEPLOY_AGAIN = '`howdah migrate deploy`'
const ROLLBACK_AGAIN = 'the same `howdah migrate rollback`'

/** A rollback meets objects its migration knows nothing of: repeatables, and what was made by hand. */
const DEPENDENTS =
  'Something that this migration did not make uses what it drops (see detail). Drop that first, at the head of down.sql (`DROP VIEW IF EXISTS …`): what comes from repeatable/ is made anew by the next deploy.'

/**
 * A statement's failure, with file, line, caret and SQLSTATE.
 * @param offset UTF-16 offset in the script of the place the server names
 */
export function statementError(
  script: Script<string>,
  statement: ClassifiedStatement | undefined,
  offset: number,
  scope: keyof typeof REMAINS,
  error: unknown,
): HowdahError {
  const location = locate(script, offset)
  const { migration, file } = script
  const details = { migration, file, statement: statement?.index ?? null, location, ...serverFields(error) }
  const excerpt = [excerptAt(script.text, offset), ...serverNotes(error)].join('\n')
  const sqlstate = sqlstateOf(error) ?? 'unknown'
  const again = file === 'down.sql' ? ROLLBACK_AGAIN : DEPLOY_AGAIN
  const dependents =
    file === 'down.sql' && sqlstate === SQLSTATE.dependentObjectsStillExist ? ` ${DEPENDENTS}` : ''
  const params = { location, reason: messageOf(error), sqlstate, remains: REMAINS[scope] + dependents, again }
  return new HowdahError('migration-failed', params, { cause: error, details, excerpt })
}

/** The UTF-16 offset the server points at in a text it was sent; it counts characters from 1. `undefined` where it names none. */
export function offsetInSent(sent: string, error: unknown): number | undefined {
  const position = error instanceof DatabaseError ? Number(error.position) : Number.NaN
  return Number.isInteger(position) && position > 0 ? offsetOfCodePoint(sent, position - 1) : undefined
}
