import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { parseDatabaseUrl } from '../../postgres/database-url.ts'
import { CONSOLE_SETTING, type ConsoleAddress } from './console-session.ts'

/** Every address a name has, as the system resolves it. */
export type Resolve = (host: string) => Promise<readonly string[]>

/**
 * The addresses of one family: the same task must not be counted twice because it has two. Cloud Map and Kubernetes' headless services answer with one
 * address for each task.
 */
export const systemResolve: Resolve = async host => {
  const found = await lookup(host, { all: true })
  const family = found.some(({ family }) => family === 4) ? 4 : 6
  return found.filter(each => each.family === family).map(({ address }) => address)
}

/** Every console behind the URLs, one for each address of each name, none twice. @throws HowdahError server-unreachable, database-url-invalid */
export async function findConsoles(
  urls: readonly Secret[],
  resolve: Resolve = systemResolve,
): Promise<ConsoleAddress[]> {
  const found = await Promise.all(urls.map(url => addressesOf(url, resolve)))
  const places = new Map(found.flat().map(each => [each.place, each]))
  return [...places.values()]
}

async function addressesOf(url: Secret, resolve: Resolve): Promise<ConsoleAddress[]> {
  const { host, port } = parseDatabaseUrl(url, CONSOLE_SETTING)
  const itself = [{ url, address: undefined, place: `${host}:${port}` }]
  if (isIP(host) !== 0 || host.startsWith('/')) return itself
  let addresses: readonly string[]
  try {
    addresses = await resolve(host)
  } catch (error) {
    const unknown = ['ENOTFOUND', 'EAI_AGAIN'].includes(systemCodeOf(error) ?? '')
    const reason = unknown ? 'the host name is not known' : messageOf(error)
    throw new HowdahError('server-unreachable', { host, port, reason }, { cause: error })
  }
  // One address: the name says more.
  if (addresses.length < 2) return itself
  return [...new Set(addresses)].sort().map(address => ({ url, address, place: `${address}:${port}` }))
}
