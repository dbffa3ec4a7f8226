import { connect as connectSocket, type Socket } from 'node:net'
import type { Connection } from './connect.ts'

/** `CancelRequest` of the protocol (manual, "Message Formats"): length, code, process, secret key. */
const CANCEL_CODE = 80_877_102
const CANCEL_TIMEOUT_MS = 1000

/** The parts of node-pg's client that the manual does not list and cancelling needs. */
interface Wire {
  readonly secretKey: number | null
  readonly connection: { readonly stream: Socket }
}

/**
 * Asks the server to cancel what the session is executing. The request is a socket of its own and takes no connection
 * slot, so it also works when the server has none left.
 * @returns when the request is sent, or could not be
 */
export async function requestCancel(connection: Connection): Promise<void> {
  const { processId } = connection
  const { secretKey, connection: wire } = connection.client as unknown as Wire
  // The address the session has, not the name: that may lead to another server by now.
  const { remoteAddress: host, remotePort: port } = wire.stream
  if (processId === null || secretKey === null || host === undefined || port === undefined) return
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(CANCEL_CODE, 4)
  message.writeInt32BE(processId, 8)
  message.writeInt32BE(secretKey, 12)
  await send(host, port, message)
}

/**
 * Ends a session that does not answer: asks the server to cancel its statement, and drops the socket. A dropped socket
 * alone would leave the statement running until it next writes to the client.
 */
export async function abandon(connection: Connection): Promise<void> {
  const { connection: wire } = connection.client as unknown as Wire
  const requested = requestCancel(connection)
  wire.stream.destroy()
  await requested
}

function send(host: string, port: number, message: Buffer): Promise<void> {
  return new Promise(resolve => {
    const socket = connectSocket({ host, port, timeout: CANCEL_TIMEOUT_MS }, () => socket.end(message))
    socket.on('timeout', () => socket.destroy())
    // Nobody there any more: then nothing is left to cancel either. `close` follows in every case.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
  })
}
