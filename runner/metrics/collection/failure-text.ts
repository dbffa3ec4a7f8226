import { DatabaseError } from 'pg'
import { messageOf } from '../../core/errors.ts'
import { SQLSTATE } from '../../postgres/sqlstate.ts'

/**
 * Classes of SQLSTATE whose messages the server makes of names and numbers. All others may quote values: "invalid input
 * syntax for type integer: ..." (22), the key of a row (23), whatever somebody raised (P0).
 */
const WITHOUT_VALUES = new Set(['08', '0A', '25', '40', '42', '53', '54', '55', '57', '58', 'XX'])

/** Why a collector failed, fit for the log: nothing out of a row or a statement. */
export function failureText(error: unknown): string {
  if (!(error instanceof DatabaseError)) return messageOf(error)
  const { code = '', where, internalQuery } = error
  // A context, or a statement inside: a function of somebody's spoke, and it can say anything under any SQLSTATE.
  const quotes = !WITHOUT_VALUES.has(code.slice(0, 2)) || where !== undefined || internalQuery !== undefined
  if (!quotes) return error.message
  const name = Object.entries(SQLSTATE).find(([, state]) => state === code)?.[0]
  return `the server refused with SQLSTATE ${code}${name ? ` (${name})` : ''}; its log says more`
}
