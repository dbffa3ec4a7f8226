import { connect, type Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { silentLogger } from '../../runner/core/log.ts'
import { closeHttpServer, createHttpServer } from '../../runner/metrics/http/http-server.ts'
import { listen } from '../../runner/metrics/http/listen.ts'
import type { MetricsServer } from '../../runner/metrics/metrics.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase } from '../harness/postgres.ts'

/** Nobody listens on the discard port: what is asked here needs no database. */
const NOWHERE = 'postgresql://someone@127.0.0.1:9/nothing'

function open(port: number): Promise<Socket> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
  })
}

/** Sends these bytes, and gives all that comes until the server closes. */
async function send({ port }: { port: number }, ...parts: readonly string[]): Promise<string> {
  const socket = await open(port)
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  for (const part of parts) socket.write(part)
  // Not `once`, which would fail where the server resets the connection.
  await new Promise(resolve => socket.on('close', resolve))
  return received
}

const statusLines = (received: string) => received.match(/^HTTP\/1\.1 \d+/gm) ?? []
const CLOSE = 'Host: x\r\nConnection: close\r\n\r\n'

async function stillServes(server: MetricsServer): Promise<void> {
  const series = await scrape(server)
  expect(valueIn(series, 'pg_up')).toBe(0)
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
}

test.each([
  ['an absolute URL', `GET http://any.example/livez HTTP/1.1\r\n${CLOSE}`, 200],
  ['an absolute URL without a path', `GET http://any.example HTTP/1.1\r\n${CLOSE}`, 200],
  ['HTTP/1.0 without a host', 'GET /livez HTTP/1.0\r\n\r\n', 200],
  ['OPTIONS', `OPTIONS /metrics HTTP/1.1\r\n${CLOSE}`, 405],
  ['OPTIONS of the server', `OPTIONS * HTTP/1.1\r\n${CLOSE}`, 404],
  ['TRACE', `TRACE /metrics HTTP/1.1\r\n${CLOSE}`, 405],
  [
    'an upgrade that is none of ours',
    `GET /livez HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\nHost: x\r\n\r\n`,
    200,
  ],
  ['a path that climbs', `GET /../../etc/passwd HTTP/1.1\r\n${CLOSE}`, 404],
  ['a path that climbs, encoded', `GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n${CLOSE}`, 404],
  ['a path that climbs back to a page', `GET /x/../metrics HTTP/1.1\r\n${CLOSE}`, 404],
  ['a path that is a property of every object', `GET /__proto__ HTTP/1.1\r\n${CLOSE}`, 404],
  ['a zero byte in the path', `GET /livez\0 HTTP/1.1\r\n${CLOSE}`, 400],
  ['no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  [
    'a length and chunks',
    `GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    'two lengths',
    `GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
    400,
  ],
  [
    'a header folded over lines',
    `GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['headers of 9 KB', `GET /livez HTTP/1.1\r\nX: ${'x'.repeat(9000)}\r\n${CLOSE}`, 431],
  ['a path of 9 KB', `GET /${'x'.repeat(9000)} HTTP/1.1\r\n${CLOSE}`, 431],
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
])('%s is one answer, and then the connection ends', async (_, request, status) => {
  const server = await serveMetrics(NOWHERE)
  expect(statusLines(await send(server, request))).toEqual([`HTTP/1.1 ${status}`])
  await stillServes(server)
})

test('headers without an end are cut off', async () => {
  const server = await serveMetrics(NOWHERE)
  await send(server, 'GET /livez HTTP/1.1\r\nHost: x\r\n', 'X: xxxxxxxxxxxxxxxx\r\n'.repeat(200_000))
  await stillServes(server)
})

test('a request hidden in the body of another is not answered', async () => {
  const server = await serveMetrics(NOWHERE)
  const hidden = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
  const outer = `GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length}\r\n\r\n`
  const received = await send(server, outer, hidden)
  expect(statusLines(received)).toEqual(['HTTP/1.1 200'])
  expect(received).toContain('\r\n\r\nok\n')
})

test('a body is not read to its end', async () => {
  const server = await serveMetrics(NOWHERE)
  const head = 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n'
  expect(statusLines(await send(server, head, 'x'.repeat(100_000)))).toEqual(['HTTP/1.1 405'])
  await stillServes(server)
})

test('clients that say nothing, or a letter at a time, keep no real scrape out', async () => {
  await using database = await createDatabase()
  const server = await serveMetrics(database.url)
  const slow = await Promise.all(Array.from({ length: 600 }, () => open(server.port)))
  const letters = setInterval(() => {
    for (const socket of slow) if (!socket.destroyed) socket.write('G')
  }, 100)
  onTestFinished(() => clearInterval(letters))
  for (const socket of slow.slice(0, 300)) socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-')
  expect(valueIn(await scrape(server), 'pg_up')).toBe(1)
  // The server waits for a request for 5 s, and looks each second.
  await expect.poll(() => slow.filter(({ destroyed }) => !destroyed).length, { timeout: 20_000 }).toBe(0)
  expect(valueIn(await scrape(server), 'pg_up')).toBe(1)
}, 40_000)

test('thousands of requests in one packet do not become thousands of pages in memory', async () => {
  const server = await serveMetrics(NOWHERE)
  const received = await send(server, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000))
  expect(statusLines(received).length).toBeLessThanOrEqual(8)
  await stillServes(server)
})

test('a client that does not read its answer is let go of, whatever the size of the page', async () => {
  const body = 'x'.repeat(64_000_000)
  const page = async () => ({ status: 200, contentType: 'text/plain', body })
  const server = createHttpServer({ pages: new Map([['/', page]]), log: silentLogger() })
  onTestFinished(() => closeHttpServer(server, systemClock))
  const port = await listen(server, '127.0.0.1', 0, '--metrics-port')
  const socket = await open(port)
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const connections = () =>
    new Promise<number>(resolve => server.getConnections((_, count) => resolve(count)))
  await expect.poll(connections).toBe(1)
  await expect.poll(connections, { timeout: 20_000 }).toBe(0)
}, 30_000)

test('the page is gzipped for whoever takes it, and for nobody else', async () => {
  const server = await serveMetrics(NOWHERE)
  const raw = (accept: string) =>
    new Promise<{ headers: string; body: Buffer }>((resolve, reject) => {
      open(server.port).then(socket => {
        const chunks: Buffer[] = []
        socket.on('data', chunk => chunks.push(chunk))
        socket.on('close', () => {
          const all = Buffer.concat(chunks)
          const end = all.indexOf('\r\n\r\n')
          resolve({ headers: all.subarray(0, end).toString().toLowerCase(), body: all.subarray(end + 4) })
        })
        socket.write(`GET /metrics HTTP/1.1\r\n${accept}${CLOSE}`)
      }, reject)
    })
  for (const accept of [
    'Accept-Encoding: gzip\r\n',
    'Accept-Encoding: deflate, GZIP;q=0.5\r\n',
    'Accept-Encoding: *\r\n',
  ]) {
    const { headers, body } = await raw(accept)
    expect(headers).toContain('content-encoding: gzip')
    expect(headers).toContain('content-type: text/plain; version=0.0.4')
    expect(headers).toContain(`content-length: ${body.length}`)
    expect(valueIn(parseExposition(gunzipSync(body).toString()), 'pg_up')).toBe(0)
  }
  for (const accept of [
    '',
    'Accept-Encoding: identity\r\n',
    'Accept-Encoding: *, gzip;q=0\r\n',
    'Accept-Encoding: gzip;q=0.0\r\n',
  ]) {
    const { headers, body } = await raw(accept)
    expect(headers).not.toContain('content-encoding')
    expect(headers).toContain('vary: accept-encoding')
    expect(valueIn(parseExposition(body.toString()), 'pg_up')).toBe(0)
  }
  const head = await fetch(`${server.url}/metrics`, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-encoding'), await head.text()]).toEqual([200, 'gzip', ''])
})

test('requests are counted by page and code from 0 on, and unknown paths as one', async () => {
  const server = await serveMetrics(NOWHERE)
  const counts = async () =>
    Object.fromEntries(
      (await scrape(server))
        .filter(({ name }) => name === 'howdah_http_requests_total')
        .map(({ labels, value }) => [`${labels.route} ${labels.code}`, value]),
    )
  const born = {
    '/ 200': 0,
    '/status.json 200': 0,
    '/livez 200': 0,
    '/readyz 200': 0,
    '/readyz 503': 0,
    '/metrics 200': 0,
    'other 404': 0,
  }
  expect(await counts()).toEqual(born)
  for (const path of ['/livez', '/livez?x=1', '/a', '/b', '/c/d', '/readyz']) await fetch(server.url + path)
  expect(await counts()).toEqual({
    ...born,
    '/metrics 200': 1,
    '/livez 200': 2,
    'other 404': 3,
    '/readyz 503': 1,
  })
})
