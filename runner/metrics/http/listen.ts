import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'
import { describePortHolder } from '../../core/port-holder.ts'
import type { HttpServer } from './http-server.ts'

/**
 * Starts listening; port 0 takes a free one.
 * @returns the port
 * @throws HowdahError port-taken, naming who holds it; address-unusable
 */
export async function listen(
  server: HttpServer,
  host: string,
  port: number,
  setting: string,
): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    if (systemCodeOf(error) !== 'EADDRINUSE')
      throw new HowdahError('address-unusable', { host, port, reason: messageOf(error) }, { cause: error })
    const holder = await describePortHolder(port)
    throw new HowdahError(
      'port-taken',
      { what: 'the metrics server', host, port, holder, setting },
      { cause: error, details: { host, port, holder } },
    )
  }
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}
