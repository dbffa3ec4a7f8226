import { DatabaseError } from 'pg'

/** The SQLSTATEs the runner acts on (PostgreSQL manual, appendix A). Errors are never told apart by their text. */
export const SQLSTATE = {
  invalidCatalogName: '3D000',
  invalidPassword: '28P01',
  invalidAuthorization: '28000',
  insufficientPrivilege: '42501',
  undefinedTable: '42P01',
  undefinedSchema: '3F000',
  duplicateDatabase: '42P04',
  duplicateObject: '42710',
  uniqueViolation: '23505',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  tooManyConnections: '53300',
  deadlockDetected: '40P01',
  objectInUse: '55006',
  dependentObjectsStillExist: '2BP01',
  invalidTableDefinition: '42P16',
} as const

/** The SQLSTATE of an error the server sent; `undefined` for anything else. */
export function sqlstateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined
}

/** The server's fields worth keeping, for `details` of an error. */
export function serverFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof DatabaseError)) return {}
  const { code, severity, detail, hint, position, where, schema, table, column, constraint, routine } = error
  const fields = {
    sqlstate: code,
    severity,
    detail,
    hint,
    position,
    where,
    schema,
    table,
    column,
    constraint,
    routine,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''))
}

/** Whether the server ends the session with this error: shutdown, crash, termination by an administrator, protocol trouble. */
export function endsSession(sqlstate: string): boolean {
  return sqlstate.startsWith('08') || sqlstate.startsWith('57P')
}

/** The server's detail and hint, a line each, to be shown below a message. */
export function serverNotes(error: unknown): string[] {
  if (!(error instanceof DatabaseError)) return []
  const notes = [error.detail && `  detail: ${error.detail}`, error.hint && `  server's hint: ${error.hint}`]
  return notes.filter((note): note is string => Boolean(note))
}
