import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { silentLogger } from '../../core/log.ts'
import type { Route } from '../route.ts'
import { closeHttpServer, createHttpServer, type HttpServer } from './http-server.ts'
import { listen } from './listen.ts'

async function serve(
  pages: Record<string, Route>,
  log = silentLogger(),
): Promise<{ server: HttpServer; url: string; port: number }> {
  const server = createHttpServer({ pages: new Map(Object.entries(pages)), log })
  const port = await listen(server, '127.0.0.1', 0, '--metrics-port')
  onTestFinished(() => closeHttpServer(server, systemClock))
  return { server, url: `http://127.0.0.1:${port}`, port }
}

const text = (body: string) => ({ status: 200, contentType: 'text/plain', body })

test('a page that fails is a 500 without the reason; the log has the reason and nothing of what was asked for', async () => {
  const fail = async () => {
    throw new Error('hunter2')
  }
  const logged: string[] = []
  const log = { ...silentLogger(), error: (_: string, sentence: string) => void logged.push(sentence) }
  const { url } = await serve({ '/': fail }, log)
  const response = await fetch(`${url}/?token=canary`)
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('hunter2')
  expect(logged).toEqual(['answering / failed: hunter2'])
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
