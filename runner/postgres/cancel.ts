import type { Connection } from './connect.ts'

/**
 * While `body` runs, an abort cancels the statement the session is executing (`pg_cancel_backend` from a second session),
 * so that an interrupted run does not leave the server working on. The abort's reason is thrown.
 */
export async function cancelOnAbort<T>(
  connection: Connection,
  signal: AbortSignal,
  body: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  let cancelling: Promise<unknown> = Promise.resolve()
  const onAbort = () => {
    cancelling = cancelBackend(connection)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await body()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    await cancelling
  }
}

async function cancelBackend(connection: Connection): Promise<void> {
  try {
    await using sibling = await connection.sibling()
    await sibling.run('SELECT pg_cancel_backend($1)', [connection.processId])
  } catch {
    // The server cannot be reached any more; then there is nothing left to cancel either.
  }
}
