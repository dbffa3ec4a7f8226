import type { Server } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../core/clock.ts'
import { silentLogger } from '../core/log.ts'
import { closeHttpServer, createHttpServer } from './http-server.ts'
import { listen } from './listen.ts'
import type { Route } from './route.ts'

async function serve(pages: Record<string, Route>): Promise<{ server: Server; url: string; port: number }> {
  const server = createHttpServer(new Map(Object.entries(pages)), silentLogger())
  const port = await listen(server, '127.0.0.1', 0)
  onTestFinished(() => closeHttpServer(server, systemClock))
  return { server, url: `http://127.0.0.1:${port}`, port }
}

const text = (body: string) => ({ status: 200, contentType: 'text/plain', body })

test('a page that fails is a 500 without the reason', async () => {
  const fail = async () => {
    throw new Error('hunter2')
  }
  const { url } = await serve({ '/': fail })
  const response = await fetch(url)
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('hunter2')
})

test('a body beyond ASCII arrives whole', async () => {
  const { url } = await serve({ '/': async () => text('ä'.repeat(1000)) })
  expect(await (await fetch(url)).text()).toBe('ä'.repeat(1000))
})

test('closing ends a connection whose request never ends, and one whose answer never comes', async () => {
  const { server, port } = await serve({ '/never': () => new Promise(() => undefined) })
  const closed = ['GET /never HTTP/1.1\r\nHost: x\r\n\r\n', 'GET / HTTP/1.1\r\nHo'].map(request => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('error', () => undefined)
    return new Promise(resolve => socket.on('close', resolve))
  })
  await expect
    .poll(() => new Promise<number>(resolve => server.getConnections((_, count) => resolve(count))))
    .toBe(2)
  await closeHttpServer(server, systemClock)
  await Promise.all(closed)
})
