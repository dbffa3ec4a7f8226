import { connect, createServer, type Server, type Socket } from 'node:net'

/** A server's address that can be taken away, as by a crash, or silenced, as by a firewall that drops packets. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** The given URL, by way of the proxy. */
  throughProxy(url: string): string
  /** Ends every connection; new ones are refused. */
  stop(): Promise<void>
  /** Accepts connections again, on the same port. */
  resume(): Promise<void>
  /** From now on nothing passes in either direction, and nothing is closed. */
  freeze(): void
  /** The connections there are fall silent for good, as when a firewall forgets them; new ones work. */
  forget(): void
  /** The connections there are end when next used, as after a failover; new ones work. */
  resetOnUse(): void
  /** What was held back passes. */
  thaw(): void
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const sockets = new Set<Socket>()
  let frozen = false
  const join = (client: Socket) => {
    const upstream = connect(Number(targetPort), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', chunk => to.write(chunk))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      if (frozen) from.pause()
    }
  }
  let server: Server
  const listen = (port: number) =>
    new Promise<number>(resolve => {
      server = createServer(join)
      server.listen(port, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  const port = await listen(0)
  return {
    port,
    throughProxy: url => {
      const parsed = new URL(url)
      parsed.port = String(port)
      return parsed.href
    },
    stop,
    resume: async () => {
      await listen(port)
    },
    freeze: () => {
      frozen = true
      for (const socket of sockets) socket.pause()
    },
    forget: () => {
      for (const socket of sockets) socket.pause()
    },
    resetOnUse: () => {
      for (const socket of sockets) socket.prependListener('data', () => socket.destroy())
    },
    thaw: () => {
      frozen = false
      for (const socket of sockets) socket.resume()
    },
    [Symbol.asyncDispose]: stop,
  }
}
