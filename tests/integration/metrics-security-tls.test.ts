import { copyFile, rename, writeFile } from 'node:fs/promises'
import { type RequestOptions, request } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect, type PeerCertificate, type SecureVersion } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { type Authority, createAuthority, HAS_OPENSSL, OPENSSL } from '../harness/certificates.ts'
import { serveMetrics } from '../harness/metrics-server.ts'
import { watchedLog } from '../harness/watched-log.ts'

/** Nobody listens on the discard port: what is asked here needs no database. */
const NOWHERE = 'postgresql://someone@127.0.0.1:9/nothing'
const TOKEN = 'a-token-for-a-test-0123456789'

async function webConfig(
  { directory }: Authority,
  name: string,
  ...lines: readonly string[]
): Promise<string> {
  const path = join(directory, 'web.yml')
  const server = [`cert_file: ${name}.pem`, `key_file: ${name}.key`, ...lines]
  await writeFile(path, `tls_server_config:\n${server.map(line => `  ${line}\n`).join('')}`)
  return path
}

/** One request over a connection of its own: its status, and who answered. */
function ask(url: string, options: RequestOptions): Promise<{ status: number; common: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...options, agent: false }, response => {
      const certificate = (
        response.socket as unknown as { getPeerCertificate(): PeerCertificate }
      ).getPeerCertificate()
      response
        .resume()
        .on('end', () => resolve({ status: response.statusCode ?? 0, common: `${certificate.subject.CN}` }))
    })
    asked.on('error', reject).end()
  })
}

function handshake(url: string, ca: string, maxVersion: SecureVersion): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port: Number(new URL(url).port),
      host: '127.0.0.1',
      ca,
      minVersion: 'TLSv1',
      maxVersion,
    })
    socket.on('secureConnect', () => {
      resolve(socket.getProtocol() ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

describe.skipIf(!HAS_OPENSSL)(`TLS ${OPENSSL}`, () => {
  test('pages are served over TLS 1.2 and 1.3, nothing older, and plain HTTP is closed', async () => {
    const authority = await createAuthority()
    await authority.issue('one')
    const server = await serveMetrics(NOWHERE, {
      protection: { webConfigFile: await webConfig(authority, 'one') },
    })
    const { url } = server
    expect(url).toMatch(/^https:/)
    const { ca } = authority
    expect(await ask(`${url}/metrics`, { ca })).toEqual({ status: 200, common: 'one' })
    expect(await handshake(url, ca, 'TLSv1.2')).toBe('TLSv1.2')
    expect(await handshake(url, ca, 'TLSv1.3')).toBe('TLSv1.3')
    await expect(handshake(url, ca, 'TLSv1.1')).rejects.toThrow()
    await expect(fetch(url.replace('https', 'http'))).rejects.toThrow()
    expect(await ask(`${url}/livez`, { ca })).toMatchObject({ status: 200 })
  })

  test('TLS 1.3 alone, where the file says so', async () => {
    const authority = await createAuthority()
    await authority.issue('one')
    const webConfigFile = await webConfig(authority, 'one', 'min_version: TLS13')
    const { url } = await serveMetrics(NOWHERE, { protection: { webConfigFile } })
    expect(await handshake(url, authority.ca, 'TLSv1.3')).toBe('TLSv1.3')
    await expect(handshake(url, authority.ca, 'TLSv1.2')).rejects.toThrow()
  })

  test('a new certificate is taken up without a restart; its key alone changes nothing', async () => {
    const authority = await createAuthority()
    const { certFile, keyFile } = await authority.issue('one')
    const next = await authority.issue('two')
    const { log, events, text } = watchedLog()
    const { url } = await serveMetrics(NOWHERE, {
      protection: { webConfigFile: await webConfig(authority, 'one') },
      runtime: quietRuntime({ log }),
    })
    const { ca } = authority
    await copyFile(next.keyFile, `${keyFile}.new`)
    await rename(`${keyFile}.new`, keyFile)
    await expect.poll(events, { timeout: 15_000 }).toContain('metrics.protection-kept')
    expect(await ask(`${url}/metrics`, { ca })).toEqual({ status: 200, common: 'one' })
    await copyFile(next.certFile, `${certFile}.new`)
    await rename(`${certFile}.new`, certFile)
    await expect
      .poll(() => ask(`${url}/metrics`, { ca }), { timeout: 15_000 })
      .toEqual({ status: 200, common: 'two' })
    expect(events()).toContain('metrics.protection-changed')
    expect(text()).not.toContain(next.key.split('\n')[1])
  })

  test('with an authority for clients, only whoever has a certificate of it gets in, and needs the token as well', async () => {
    const authority = await createAuthority()
    const { ca } = authority
    await authority.issue('one')
    const prometheus = await authority.issue('prometheus')
    const stranger = await (await createAuthority()).issue('stranger')
    const webConfigFile = await webConfig(
      authority,
      'one',
      'client_ca_file: ca.pem',
      'client_auth_type: RequireAndVerifyClientCert',
    )
    const { url } = await serveMetrics(NOWHERE, {
      protection: { webConfigFile, tokens: [new Secret(TOKEN)] },
    })
    const headers = { authorization: `Bearer ${TOKEN}` }
    const page = `${url}/metrics`
    expect(await ask(page, { ca, cert: prometheus.cert, key: prometheus.key, headers })).toMatchObject({
      status: 200,
    })
    expect(await ask(page, { ca, cert: prometheus.cert, key: prometheus.key })).toMatchObject({ status: 401 })
    await expect(ask(page, { ca, headers })).rejects.toThrow()
    await expect(ask(page, { ca, cert: stranger.cert, key: stranger.key, headers })).rejects.toThrow()
  })

  test.each([
    [
      'of another certificate',
      (one: Files, two: Files) => copyFile(two.keyFile, one.keyFile),
      'it is not the key of the certificate in',
    ],
    ['that is none', (one: Files) => writeFile(one.keyFile, 'hunter2'), 'there is no private key in PEM'],
    [
      'beside a certificate that is none',
      (one: Files) => writeFile(one.certFile, 'hunter2'),
      'there is no certificate in PEM',
    ],
  ])('a key %s is refused before anything listens, and not shown', async (_, spoil, reason) => {
    const authority = await createAuthority()
    await spoil(await authority.issue('one'), await authority.issue('two'))
    const started = serveMetrics(NOWHERE, {
      protection: { webConfigFile: await webConfig(authority, 'one') },
    })
    await expect(started).rejects.toMatchObject({
      code: 'tls-unusable',
      message: expect.stringContaining(reason),
    })
    await expect(started).rejects.not.toThrow('hunter2')
  })

  test.each([
    ['that is over', '2090-01-01', 'it expired on'],
    ['that has not begun', '2020-01-01', 'it is not valid before'],
  ])('a certificate of a time %s is refused with the date', async (_, today, reason) => {
    const authority = await createAuthority()
    await authority.issue('one')
    const runtime = quietRuntime({ clock: { ...systemClock, now: () => new Date(today) } })
    await expect(
      serveMetrics(NOWHERE, { protection: { webConfigFile: await webConfig(authority, 'one') }, runtime }),
    ).rejects.toMatchObject({ code: 'tls-unusable', message: expect.stringContaining(reason) })
  })

  test('clients that never finish their handshake keep nobody out', async () => {
    const authority = await createAuthority()
    await authority.issue('one')
    const { url } = await serveMetrics(NOWHERE, {
      protection: { webConfigFile: await webConfig(authority, 'one') },
    })
    const { ca } = authority
    const silent = await Promise.all(
      Array.from({ length: 300 }, () => handshakeNever(Number(new URL(url).port))),
    )
    expect(await ask(`${url}/metrics`, { ca })).toMatchObject({ status: 200 })
    for (const socket of silent) socket.destroy()
  })
})

type Files = { readonly certFile: string; readonly keyFile: string }

function handshakeNever(port: number): Promise<Socket> {
  return new Promise(resolve => {
    const socket = connectPlain(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => undefined)
  })
}
