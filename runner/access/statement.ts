import { escapeIdentifier } from 'pg'

/** One statement that is missing, and the difference it makes good. */
export interface Statement {
  readonly sql: string
  /** What is not as declared, for a person. */
  readonly why: string
  /** The database it has to run in; `null`: any, as it is about the whole server. */
  readonly database: string | null
}

export const quoted = escapeIdentifier

/** A role as GRANT and REVOKE want it. */
export const grantee = (role: string | null) => (role === null ? 'PUBLIC' : quoted(role))

export const spoken = (role: string | null) => (role === null ? 'PUBLIC' : `role "${role}"`)
