import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'

/** So many connections may be open without a request under way. Beyond, the one that has waited longest is closed. */
const MAX_WAITING = 256
/** All of them, those with a request under way included. */
const MAX_CONNECTIONS = 1024
/** Requests of one connection at a time. Nobody pipelines; 2,000 requests fit into 64 KB, and each would become a page in memory. */
const MAX_PIPELINED = 8

/**
 * Keeps room for whoever has something to ask. A plain limit on connections would let 256 clients that say nothing keep
 * Prometheus out; here they push out one another.
 * @returns tells of a request; `false`: it is one too many, and its connection was closed
 */
export function boundConnections(
  server: Server,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  server.maxConnections = MAX_CONNECTIONS
  // By address and port, since a TLS socket and the one below it have only these in common.
  const open = new Map<string, Socket>()
  const waiting = new Map<string, Socket>()
  const underWay = new WeakMap<Socket, number>()
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket)
    open.set(key, socket)
    waiting.set(key, socket)
    socket.once('close', () => {
      open.delete(key)
      waiting.delete(key)
    })
    if (waiting.size > MAX_WAITING) waiting.values().next().value?.destroy()
  })
  return ({ socket }, response) => {
    const key = keyOf(socket)
    const count = (underWay.get(socket) ?? 0) + 1
    if (count > MAX_PIPELINED) {
      socket.destroy()
      return false
    }
    underWay.set(socket, count)
    waiting.delete(key)
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1
      underWay.set(socket, left)
      const connection = open.get(key)
      if (left === 0 && connection) waiting.set(key, connection)
    })
    return true
  }
}

const keyOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
