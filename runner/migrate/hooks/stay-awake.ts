import type { Clock } from '../../core/clock.ts'
import type { Connection } from '../../postgres/connect.ts'

/** Below the 350 s after which AWS forgets an idle connection. */
const PING_MS = 60_000

/**
 * Keeps a session alive that has nothing to do while something else works: it holds the run lock. Neither the server's
 * `idle_session_timeout` nor whatever forwards the connection may take it for forgotten. A session that is lost all the
 * same is noticed by whoever uses it next.
 */
export async function whileAwake<T>(connection: Connection, clock: Clock, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const pinging = ping(connection, clock, done.signal).catch(() => undefined)
  try {
    return await work
  } finally {
    done.abort()
    await pinging
  }
}

async function ping(connection: Connection, clock: Clock, done: AbortSignal): Promise<void> {
  while (!connection.lost && !done.aborted) {
    // A migration starts from a fresh session, so the setting does not last.
    await connection.run('SET idle_session_timeout = 0')
    await clock.sleep(PING_MS, done)
  }
}
