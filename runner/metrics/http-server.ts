import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import type { Answer, Route } from './route.ts'

/** A client that is slow in asking is not waited for; in milliseconds. */
const REQUEST_TIMEOUT_MS = 5000
/** Longer than the usual scrape interval of 15 s, so that Prometheus keeps its connection. */
const KEEP_ALIVE_MS = 65_000
const MAX_CONNECTIONS = 256
const MAX_HEADER_BYTES = 8192
/** Answers under way get this long when the server closes, in milliseconds. */
const CLOSE_GRACE_MS = 1000

/** An HTTP server that answers GET and HEAD of these pages, and everything else with a line of text. It does not listen yet. */
export function createHttpServer(pages: ReadonlyMap<string, Route>, log: Logger): Server {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      answer(pages, request).then(
        result => send(request, response, result),
        error => {
          log.error('metrics.request-failed', `answering ${request.url} failed: ${messageOf(error)}`)
          send(request, response, plain(500, 'internal error; the log says more'))
        },
      )
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  return server
}

/** Stops the server within about a second, whatever its clients do. */
export async function closeHttpServer(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  if ((await within(clock, CLOSE_GRACE_MS, closed)) === OUT_OF_TIME) server.closeAllConnections()
  await closed
}

function plain(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` }
}

async function answer(pages: ReadonlyMap<string, Route>, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const page = pages.get(path)
  if (!page) return plain(404, `not found; there is: ${[...pages.keys()].join(' ')}`)
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET and HEAD')
  return page(request)
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body, contentSecurityPolicy = "default-src 'none'" }: Answer,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': contentSecurityPolicy,
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
