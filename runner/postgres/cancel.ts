import { requestCancel } from './abandon.ts'
import type { Connection } from './connect.ts'

/**
 * While `body` runs, an abort cancels the statement the session is executing (a CancelRequest on a socket of its own),
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
    cancelling = requestCancel(connection)
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
