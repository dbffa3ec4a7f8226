import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import type { Route } from '../route.ts'
import { type FullAnswer, plain } from './answer.ts'
import { boundConnections } from './bound-connections.ts'
import { compress } from './compress.ts'
import { OTHER_ROUTE, pathOf } from './request-path.ts'
import type { TlsMaterial } from './tls-files.ts'

/** A client that is slow in asking is not waited for; in milliseconds. */
const REQUEST_TIMEOUT_MS = 5000
/** Nor one that is slow in reading: what it does not take stays in our memory. In milliseconds, for a whole page. */
const ANSWER_TIMEOUT_MS = 5000
/** Longer than the usual scrape interval of 15 s, so that Prometheus keeps its connection. */
const KEEP_ALIVE_MS = 65_000
const MAX_HEADER_BYTES = 8192
/** Answers under way get this long when the server closes, in milliseconds. */
const CLOSE_GRACE_MS = 1000

const BOUNDS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: MAX_HEADER_BYTES,
  // Written down, since an option of the whole process (NODE_OPTIONS) would otherwise let two lengths in one request pass.
  insecureHTTPParser: false,
}

export type HttpServer = Server | TlsServer

/** Who may ask. */
export interface Guard {
  /** The refusal, or `undefined` for whoever may pass. */
  refusal(request: IncomingMessage, path: string): Promise<FullAnswer | undefined>
}

export interface HttpServerOptions {
  /** Answered to GET and HEAD. */
  readonly pages: ReadonlyMap<string, Route>
  /** Answered to POST, because they change something. */
  readonly actions?: ReadonlyMap<string, Route>
  /** Absent: everybody may ask. */
  readonly guard?: Guard
  /** Absent: plain HTTP. */
  readonly tls?: TlsMaterial | undefined
  /** Told of every answer. */
  readonly count?: (route: string, code: number) => void
  readonly log: Logger
}

/** An HTTP server that answers these pages, and everything else with a line of text. It does not listen yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { pages, actions, tls, log, count } = options
  const answerTo = (request: IncomingMessage, response: ServerResponse) => {
    if (!admit(request, response)) return
    const path = pathOf(request.url)
    const route = pages.has(path) || actions?.has(path) ? path : OTHER_ROUTE
    const done = (result: FullAnswer) => {
      count?.(route, result.status)
      return send(request, response, result)
    }
    answer(options, request, path)
      .then(done)
      .catch(error => {
        // Not the URL as it was asked for: people put tokens into them.
        log.error('metrics.request-failed', `answering ${route} failed: ${messageOf(error)}`)
        return done(plain(500, 'internal error; the log says more'))
      })
      .catch(() => void response.destroy())
  }
  const server: HttpServer = tls
    ? createTlsServer({ ...BOUNDS, ...tls, handshakeTimeout: REQUEST_TIMEOUT_MS }, answerTo)
    : createServer(BOUNDS, answerTo)
  const admit = boundConnections(server)
  return server
}

/** Stops the server within about a second, whatever its clients do. */
export async function closeHttpServer(server: HttpServer, clock: Clock): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  if ((await within(clock, CLOSE_GRACE_MS, closed)) === OUT_OF_TIME) server.closeAllConnections()
  await closed
}

/** Who may not ask is not told either what there is. */
async function answer(
  { pages, actions, guard }: HttpServerOptions,
  request: IncomingMessage,
  path: string,
): Promise<FullAnswer> {
  const refusal = await guard?.refusal(request, path)
  if (refusal) return refusal
  const [page, action] = [pages.get(path), actions?.get(path)]
  const { method } = request
  if (page && (method === 'GET' || method === 'HEAD')) return page(request)
  if (action && method === 'POST') return action(request)
  if (page) return plain(405, 'only GET and HEAD', { allow: 'GET, HEAD' })
  if (action) return plain(405, 'only POST', { allow: 'POST' })
  return plain(404, `not found; there is: ${[...pages.keys(), ...(actions?.keys() ?? [])].join(' ')}`)
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body, headers, contentSecurityPolicy = "default-src 'none'" }: FullAnswer,
): Promise<void> {
  const { bytes, encoding } = await compress(body, headerOf(request, 'accept-encoding'))
  if (response.destroyed) return
  const late = setTimeout(() => request.socket.destroy(), ANSWER_TIMEOUT_MS)
  response.once('close', () => clearTimeout(late))
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': bytes.length,
    ...(encoding && { 'content-encoding': encoding }),
    vary: 'accept-encoding',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': contentSecurityPolicy,
    // No page of ours takes a body; what is left of one is not read to its end.
    ...(hasBody(request) && { connection: 'close' }),
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}
