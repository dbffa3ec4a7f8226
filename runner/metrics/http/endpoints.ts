import type { Registry } from 'prom-client'
import type { Runtime } from '../../core/runtime.ts'
import type { Route } from '../route.ts'
import { ADMIN_HOST, type AdminOptions, adminActions, adminPages, localOnly } from './admin-routes.ts'
import { plain } from './answer.ts'
import { OPEN_PATHS } from './credentials-guard.ts'
import { Gate } from './gate.ts'
import { closeHttpServer, createHttpServer, type HttpServer, type HttpServerOptions } from './http-server.ts'
import { listen } from './listen.ts'
import type { ProtectionSources } from './read-protection.ts'
import { countRequests } from './request-count.ts'

/** Where to listen, and who may ask. */
export interface EndpointSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Who may ask, and how; absent: everybody, over plain HTTP. */
  readonly protection?: ProtectionSources | undefined
  /** Port of the administrative routes, on the loopback address; 0 takes a free one, absent: there are none. */
  readonly adminPort?: number | undefined
}

export interface EndpointOptions extends EndpointSettings {
  readonly pages: ReadonlyMap<string, Route>
  readonly admin: AdminOptions
  /** Where requests are counted. */
  readonly register: Registry
  readonly runtime: Runtime
}

export interface Endpoints {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Where the administrative routes are, if anywhere. */
  readonly adminUrl: string | undefined
  close(): Promise<void>
}

/**
 * Listens for Prometheus and people, and on a port of its own for whoever looks after the exporter.
 * @throws HowdahError port-taken, address-unusable, and what `readProtection` throws
 */
export async function openEndpoints(options: EndpointOptions): Promise<Endpoints> {
  const { pages, admin, register, host, adminPort, runtime } = options
  const gate = await Gate.open(options.protection ?? {}, runtime)
  const servers: HttpServer[] = []
  const close = async () => {
    await Promise.all([...servers.map(server => closeHttpServer(server, runtime.clock)), gate.close()])
  }
  const open = async (
    serverOptions: Omit<HttpServerOptions, 'tls' | 'log'>,
    ...at: [string, number, string]
  ) => {
    const server = createHttpServer({ ...serverOptions, tls: gate.tls, log: runtime.log })
    const port = await listen(server, ...at)
    servers.push(server)
    gate.keep(server)
    return port
  }
  const scheme = gate.tls ? 'https' : 'http'
  try {
    const guarded = gate.guard.asks
    const count = countRequests(register, { routes: pages.keys(), guarded })
    const port = await open(
      { pages: guarded ? tersely(pages) : pages, guard: gate.guard, count },
      host,
      options.port,
      '--metrics-port',
    )
    const url = `${scheme}://${addressOf(host)}:${port}`
    gate.warnIfOpen(host, url)
    if (adminPort === undefined) return { url, port, adminUrl: undefined, close }
    const administration = {
      pages: adminPages(admin),
      actions: adminActions(admin),
      guard: localOnly(gate.guard),
    }
    const adminUrl = `${scheme}://${ADMIN_HOST}:${await open(administration, ADMIN_HOST, adminPort, '--metrics-admin-port')}`
    return { url, port, adminUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What everybody may see names no server and no role: the state alone. */
function tersely(pages: ReadonlyMap<string, Route>): ReadonlyMap<string, Route> {
  const terse = OPEN_PATHS.flatMap((path): [string, Route][] => {
    const page = pages.get(path)
    if (!page) return []
    return [
      [
        path,
        async request => {
          const { status } = await page(request)
          return plain(status, status === 200 ? 'ok' : 'not ready; the log says why')
        },
      ],
    ]
  })
  return new Map([...pages, ...terse])
}

/** An address to open: brackets around IPv6, and this machine for "every interface". */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
