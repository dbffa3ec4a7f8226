import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { execPath, pid, platform } from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { createDatabase } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

const CHECKOUT = new URL('../..', import.meta.url).pathname
const onAnyPort = ['serve', '--json', '--metrics-port', '0']
/** Nobody listens on the discard port. */
const NOWHERE = 'postgresql://someone:hunter2@127.0.0.1:9/nothing'

test('it serves metrics and health, says where, and ends cleanly with 0 when it is told to', async () => {
  await using database = await createDatabase()
  await using verb = await startVerb(
    [...onAnyPort, '--database', 'playground'],
    { DATABASE_URL: database.url },
    CHECKOUT,
  )
  const url = await listening(verb)
  const metrics = await fetch(`${url}/metrics`)
  expect(metrics.status).toBe(200)
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const series = parseExposition(await metrics.text())
  expect(valueIn(series, 'pg_up')).toBe(1)
  expect(valueIn(series, 'howdah_migrations_pending')).toBeGreaterThan(0)
  expect(valueIn(series, 'process_resident_memory_bytes')).toBeGreaterThan(0)
  for (const page of ['/livez', '/readyz']) expect(await (await fetch(url + page)).text()).toBe('ok\n')
  verb.child.kill('SIGTERM')
  expect(await verb.exited).toBe(0)
  // One document and no more: a program reads it to the end.
  expect(JSON.parse(verb.stdout())).toMatchObject({ verb: 'serve' })
})

test.skipIf(platform !== 'linux')(
  'as a command it keeps its memory small, in the same process, with what it was told (needs Linux)',
  async () => {
    const child = spawn(execPath, [`${CHECKOUT}runner/howdah.js`, ...onAnyPort], {
      cwd: CHECKOUT,
      env: { DATABASE_URL: NOWHERE, NO_COLOR: '1' },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const written = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', chunk => {
        written[name] += chunk
      })
    await expect.poll(() => written.stdout, { timeout: 15_000 }).toContain('"url"')
    const line = (await readFile(`/proc/${child.pid}/cmdline`, 'utf8')).split('\0')
    expect(line).toContain('--max-semi-space-size=4')
    expect(line.filter(part => part === 'serve')).toHaveLength(1)
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(JSON.parse(written.stdout)).toMatchObject({ verb: 'serve' })
    expect(written.stderr).not.toContain('Experimental')
  },
)

test('it measures further databases by flag or environment, and probes the address of the application where that is another', async () => {
  await using database = await createDatabase()
  await using other = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const env = { DATABASE_URL: proxy.throughProxy(database.url), DIRECT_URL: database.url }
  for (const [args, more] of [
    [['--metrics-databases', `${other.name},${database.name}`], {}],
    [[], { HOWDAH_METRICS_DATABASES: other.name }],
  ] as const) {
    await using verb = await startVerb([...onAnyPort, ...args], { ...env, ...more })
    const url = await listening(verb)
    const page = async () => parseExposition(await (await fetch(`${url}/metrics`)).text())
    const series = await page()
    expect(valueIn(series, 'pg_scrape_databases')).toBe(2)
    expect(valueIn(series, 'pg_user_tables_count', { datname: other.name })).toBe(0)
    for (const path of ['direct', 'pooler'])
      await expect
        .poll(async () => valueIn(await page(), 'pg_probe_duration_seconds_count', { path }))
        .toBeGreaterThan(0)
  }
})

test('it starts while the database is down, and never shows the password', async () => {
  await using verb = await startVerb(onAnyPort, { DATABASE_URL: NOWHERE })
  const url = await listening(verb)
  const metrics = await fetch(`${url}/metrics`)
  expect(metrics.status).toBe(200)
  const page = await metrics.text()
  expect(valueIn(parseExposition(page), 'pg_up')).toBe(0)
  const ready = await fetch(`${url}/readyz`)
  expect(ready.status).toBe(503)
  const reason = await ready.text()
  expect(reason).toContain('127.0.0.1:9')
  expect((await fetch(`${url}/livez`)).status).toBe(200)
  const landing = await (await fetch(url)).text()
  verb.child.kill('SIGINT')
  expect(await verb.exited).toBe(0)
  for (const text of [page, reason, landing, verb.stdout(), verb.stderr()])
    expect(text).not.toContain('hunter2')
  expect(verb.stderr()).toContain('metrics.migrations-left-out')
  expect(verb.stderr()).toContain('metrics.database-down')
})

test('the first page links to the others; what is not there is 404, and what is no reading is 405', async () => {
  await using verb = await startVerb(onAnyPort, { DATABASE_URL: NOWHERE })
  const url = await listening(verb)
  const landing = await fetch(`${url}/?x=1`)
  expect(landing.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const html = await landing.text()
  for (const path of ['/metrics', '/livez', '/readyz']) expect(html).toContain(`href="${path}"`)
  expect(html).toContain('127.0.0.1:9/nothing')
  const missing = await fetch(`${url}/nope`)
  expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8'])
  const written = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })
  expect([written.status, written.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('a client that keeps its connection open does not keep it from ending', async () => {
  await using verb = await startVerb(onAnyPort, { DATABASE_URL: NOWHERE })
  const { port } = new URL(await listening(verb))
  const client = connect(Number(port), '127.0.0.1')
  onTestFinished(() => void client.destroy())
  const closed = new Promise(resolve => client.on('close', resolve))
  client.on('error', () => undefined)
  await new Promise(resolve => client.write('GET /livez HTTP/1.1\r\nHost: x\r\n', resolve))
  verb.child.kill('SIGTERM')
  expect(await verb.exited).toBe(0)
  await closed
})

test('a port that is taken is an error that names who holds it', async () => {
  const holder = createServer()
  await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void holder.close())
  const address = holder.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await using verb = await startVerb(['serve', '--metrics-port', `${port}`], { DATABASE_URL: NOWHERE })
  expect(await verb.exited).toBe(2)
  expect(verb.stderr()).toContain('error[port-taken]')
  expect(verb.stderr()).toContain(`process ${pid}`)
})

test('a token in the environment protects the pages, and a mistake in its files is a usage error', async () => {
  const token = 'canary-token-0123456789'
  await using verb = await startVerb([...onAnyPort, '--metrics-admin-port', '0'], {
    DATABASE_URL: NOWHERE,
    HOWDAH_METRICS_TOKEN: `${token},another-token-0123456789`,
  })
  const url = await listening(verb)
  expect((await fetch(`${url}/metrics`)).status).toBe(401)
  const headers = { authorization: 'Bearer another-token-0123456789' }
  expect((await fetch(`${url}/metrics`, { headers })).status).toBe(200)
  const { adminUrl } = JSON.parse(verb.stdout())
  expect((await fetch(`${adminUrl}/-/collectors`, { headers })).status).toBe(200)
  verb.child.kill('SIGTERM')
  expect(await verb.exited).toBe(0)
  expect(verb.stdout() + verb.stderr()).not.toContain('-token-')
  await using mistaken = await startVerb([...onAnyPort, '--metrics-web-config', 'nowhere.yml'], {
    DATABASE_URL: NOWHERE,
  })
  expect(await mistaken.exited).toBe(2)
  expect(mistaken.stderr()).toContain('error[protection-unreadable]')
})

test('an address that is not this machine’s, or no database at all, is a usage error', async () => {
  await using elsewhere = await startVerb([...onAnyPort, '--metrics-host', '192.0.2.1'], {
    DATABASE_URL: NOWHERE,
  })
  expect(await elsewhere.exited).toBe(2)
  expect(elsewhere.stderr()).toContain('error[address-unusable]')
  await using nowhere = await startVerb(onAnyPort, {})
  expect(await nowhere.exited).toBe(2)
  expect(nowhere.stderr()).toContain('error[database-url-missing]')
})
