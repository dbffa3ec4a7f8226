import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Authority, createAuthority, HAS_OPENSSL } from '../harness/certificates.ts'
import { serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase } from '../harness/postgres.ts'

const EXAMPLE = new URL('../../monitoring/prometheus.yml', import.meta.url)
const [FIRST, SECOND] = ['first-token-0123456789', 'second-token-0123456789']
const onPath = (program: string) => spawnSync(program, ['--version']).status === 0
const READY = HAS_OPENSSL && onPath('prometheus') && onPath('promtool')

/** The configuration we ship with its example in force, and its files where the test has them. */
async function configuration(authority: Authority, tokenFile: string, target: string): Promise<string> {
  const shipped = await readFile(EXAMPLE, 'utf8')
  const [before, example = ''] = shipped.split(/^(?= {4}# scheme: https$)/m)
  return `${before}${example.replaceAll(/^ {4}# /gm, '    ')}`
    .replace('/etc/prometheus/howdah-token', tokenFile)
    .replace('/etc/prometheus/howdah-ca.pem', authority.caFile)
    .replace('127.0.0.1:9187', target)
    .replace(/^rule_files:\n.*\n/m, '')
    .replace(/^alerting:\n(?: .*\n)*/m, '')
    .replaceAll(/scrape_(interval|timeout): \d+s/g, 'scrape_$1: 1s')
}

describe.skipIf(!READY)(
  'Prometheus over TLS (needs openssl, prometheus and promtool: apt-get install openssl prometheus)',
  () => {
    test('the example we ship is one promtool accepts; with it a real Prometheus scrapes, also after the token was rotated', async () => {
      const authority = await createAuthority()
      const { directory } = authority
      await authority.issue('exporter')
      const webConfigFile = join(directory, 'web.yml')
      await writeFile(webConfigFile, 'tls_server_config: {cert_file: exporter.pem, key_file: exporter.key}\n')
      const [ours, theirs] = [join(directory, 'tokens'), join(directory, 'token')]
      await writeFile(ours, `${FIRST}\n`)
      await writeFile(theirs, FIRST)
      await using database = await createDatabase()
      const { url } = await serveMetrics(database.url, { protection: { webConfigFile, tokenFile: ours } })
      const config = join(directory, 'prometheus.yml')
      await writeFile(config, await configuration(authority, theirs, new URL(url).host))
      expect(await readFile(config, 'utf8')).toMatch(/^ {4}authorization:\n {6}credentials_file: \//m)
      const checked = spawnSync('promtool', ['check', 'config', config], { encoding: 'utf8' })
      expect([checked.status, checked.status === 0 ? '' : checked.stdout + checked.stderr]).toEqual([0, ''])
      const ask = await startPrometheus(config)
      await expect.poll(() => ask('up{job="howdah"}'), { timeout: 30_000, interval: 250 }).toBe(1)
      expect(await ask('pg_up')).toBe(1)
      // The new one is valid beside the old one, then Prometheus changes over, then the old one goes.
      await writeFile(ours, `${FIRST}\n${SECOND}\n`)
      await expect.poll(() => letsIn(url, authority, SECOND), { timeout: 15_000 }).toBe(true)
      await writeFile(theirs, SECOND)
      await writeFile(ours, `${SECOND}\n`)
      await expect.poll(() => letsIn(url, authority, FIRST), { timeout: 15_000 }).toBe(false)
      const scrapes = 'howdah_http_requests_total{route="/metrics",code="200"}'
      const before = (await ask(scrapes)) ?? 0
      await expect.poll(() => ask(scrapes), { timeout: 15_000, interval: 250 }).toBeGreaterThan(before + 2)
      expect(await ask('up{job="howdah"}')).toBe(1)
    }, 60_000)
  },
)

/** Whether a request with this token gets past the door. */
function letsIn(url: string, { ca }: Authority, token: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request(`${url}/nope`, { ca, agent: false, headers: { authorization: `Bearer ${token}` } }, response => {
      response.resume()
      resolve(response.statusCode === 404)
    })
      .on('error', reject)
      .end()
  })
}

async function startPrometheus(config: string): Promise<(query: string) => Promise<number | undefined>> {
  const data = await mkdtemp(join(tmpdir(), 'howdah-prometheus-'))
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  )
  const exited = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(data, { recursive: true, force: true })
  })
  return async query => {
    try {
      const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(query)}`)
      const answer = (await response.json()) as { data?: { result?: { value: [number, string] }[] } }
      const value = answer.data?.result?.[0]?.value[1]
      return value === undefined ? undefined : Number(value)
    } catch {
      // It has not opened its port yet.
      return undefined
    }
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
