import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import { abandon } from '../postgres/abandon.ts'
import type { Connection } from '../postgres/connect.ts'
import type { Arrival, Check } from './check.ts'
import { type Finding, notChecked } from './finding.ts'

/** Bounds of one check, in milliseconds. The server ends a statement first; the longer one is for a server that hangs. */
const STATEMENT_TIMEOUT_MS = 5000
const LOCK_TIMEOUT_MS = 1000
const CHECK_TIMEOUT_MS = 20_000

/** Runs one check. Never throws: what kept it from running is its finding, and that is never `ok`. */
export async function runCheck(check: Check, arrival: Arrival): Promise<readonly Finding[]> {
  try {
    if (check.needs === 'nothing') return await check.examine(arrival)
    if (arrival.failure) return [notChecked(check.key, 'there is no connection')]
    const { connection, clock } = arrival
    if (connection.lost) return [notChecked(check.key, 'the connection was lost')]
    const work = connection.transaction(async () => {
      // Local to the transaction: behind a pooler a session's settings would reach the application's next query.
      await connection.run(
        `SET TRANSACTION READ ONLY; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
      )
      return check.examine(arrival)
    })
    return await bounded(work, connection, clock)
  } catch (error) {
    return [notChecked(check.key, messageOf(error))]
  }
}

/** After the bound the socket is dropped, since a server that hangs would keep every further check waiting as well. */
async function bounded<T>(work: Promise<T>, connection: Connection, clock: Clock): Promise<T> {
  const answer = await within(clock, CHECK_TIMEOUT_MS, work)
  if (answer !== OUT_OF_TIME) return answer
  await abandon(connection)
  throw new Error(`the server did not answer within ${CHECK_TIMEOUT_MS / 1000} s`)
}
