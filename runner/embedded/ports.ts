import { createServer } from 'node:net'
import { HowdahError, systemCodeOf } from '../core/errors.ts'
import { describePortHolder } from '../core/port-holder.ts'

export const LOOPBACK = '127.0.0.1'

/** Whether a port of the loopback address can be listened on at this moment. */
export async function isFree(port: number): Promise<boolean> {
  return (await tryPort(port)) !== undefined
}

/** The port, when it can be listened on (0 stands for any); `undefined` when it is taken. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', error => (systemCodeOf(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}

export interface PortWish {
  /** Asked for by the user, 0 for any: a taken one is an error. */
  readonly asked: number
  /** Used last time: taken again when it is free. */
  readonly previous?: number | undefined
  readonly what: string
  readonly setting: string
}

/** Chooses a port. It is free when this returns; whoever listens must still be ready to lose a race. @throws HowdahError port-taken */
export async function choosePort({ asked, previous, what, setting }: PortWish): Promise<number> {
  const wanted = asked || previous
  const got = wanted ? await tryPort(wanted) : undefined
  if (got) return got
  if (asked) {
    const holder = await describePortHolder(asked)
    throw new HowdahError('port-taken', { what, host: LOOPBACK, port: asked, holder, setting })
  }
  const any = await tryPort(0)
  if (any === undefined) throw new Error('the system offers no free port')
  return any
}
