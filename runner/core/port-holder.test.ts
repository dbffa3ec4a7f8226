import { createServer } from 'node:net'
import { pid } from 'node:process'
import { expect, test } from 'vitest'
import { describe, describePortHolder, listenersIn } from './port-holder.ts'

test('a port held by this very process is described by its id', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  try {
    expect(await describePortHolder(port)).toContain(`process ${pid}`)
  } finally {
    server.close()
  }
})

test('a port nobody listens on is held by nobody that can be named', async () => {
  expect(await describePortHolder(1)).toBe('another process')
})

test('only listening sockets of exactly this port count', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:23E3 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 x',
    '   1: 0100007F:23E3 0100007F:1234 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 x',
    '   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4244 1 x',
  ].join('\n')
  expect(listenersIn(table, 9187)).toEqual([{ userId: 1000, inode: '4242' }])
  expect(listenersIn(table, 80)).toEqual([{ userId: 0, inode: '4244' }])
})

test('a password on the command line of the holder is not repeated', () => {
  const argv = ['/usr/bin/node', 'main.ts', 'serve', '--database-url', 'postgresql://u:hunter2@h/d']
  expect(describe(7, argv)).toBe('process 7 (node main.ts serve)')
  expect(describe(7, ['psql', 'postgresql://u:hunter2@h/d', 'password=hunter2'])).toBe('process 7 (psql)')
  expect(describe(7, [])).toBe('process 7')
})
