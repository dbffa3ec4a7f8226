import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/bcrypt'
import { describe, expect, onTestFinished, test } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { serveMetrics } from '../harness/metrics-server.ts'
import { watchedLog } from '../harness/watched-log.ts'

/** Nobody listens on the discard port: what is asked here needs no database. */
const NOWHERE = 'postgresql://someone@127.0.0.1:9/nothing'
const TOKEN = 'first-token-0123456789'
const SECOND = 'second-token-0123456789'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'howdah-security-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A file with these contents, there at once or not at all. */
async function put(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

async function webConfig(users: Record<string, string>): Promise<string> {
  const path = join(await directory(), 'web.yml')
  await put(
    path,
    `basic_auth_users:\n${Object.entries(users)
      .map(([user, hashed]) => `  ${user}: ${hashed}\n`)
      .join('')}`,
  )
  return path
}

const statusOf = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).status

describe('with a token', () => {
  test('every page but the two for orchestrators asks for it, those that do not exist included', async () => {
    const { url } = await serveMetrics(NOWHERE, {
      protection: { tokens: [new Secret(TOKEN), new Secret(SECOND)] },
    })
    for (const path of ['/', '/metrics', '/nope', '/metrics/', '//livez', '/livez/../metrics?x=1']) {
      const refused = await fetch(url + path)
      expect([path, refused.status, refused.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer realm="howdah"',
      ])
      expect(await refused.text()).toBe('credentials are missing or wrong\n')
    }
    for (const token of [TOKEN, SECOND]) expect(await statusOf(`${url}/metrics`, bearer(token))).toBe(200)
    expect(await statusOf(`${url}/nope`, bearer(TOKEN))).toBe(404)
  })

  test('the pages for orchestrators say the state and nothing else', async () => {
    const { url } = await serveMetrics(NOWHERE, { protection: { tokens: [new Secret(TOKEN)] } })
    expect(await (await fetch(`${url}/livez`)).text()).toBe('ok\n')
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, 'not ready; the log says why\n'])
  })

  test.each([
    ['no header', {}],
    ['another token', bearer(`${TOKEN}x`)],
    ['its beginning', bearer(TOKEN.slice(0, -1))],
    ['another scheme', { authorization: `Token ${TOKEN}` }],
    ['the token alone', { authorization: TOKEN }],
    ['it twice', { authorization: `Bearer ${TOKEN} ${TOKEN}` }],
    ['it as a password', basic('', TOKEN)],
    ['an empty one', { authorization: 'Bearer ' }],
  ])('%s is refused', async (_, headers) => {
    const { url } = await serveMetrics(NOWHERE, { protection: { tokens: [new Secret(TOKEN)] } })
    expect(await statusOf(`${url}/metrics`, headers as Record<string, string>)).toBe(401)
  })

  test('a file is read anew when it changes; one that holds nothing changes nothing', async () => {
    const tokenFile = join(await directory(), 'tokens')
    await put(tokenFile, `${TOKEN}\n`)
    const { log, events, text } = watchedLog()
    const { url } = await serveMetrics(NOWHERE, { protection: { tokenFile }, runtime: quietRuntime({ log }) })
    const page = `${url}/metrics`
    expect(await statusOf(page, bearer(SECOND))).toBe(401)
    await put(tokenFile, `# rotating\n${TOKEN}\n${SECOND}\n`)
    await expect.poll(() => statusOf(page, bearer(SECOND)), { timeout: 15_000 }).toBe(200)
    expect(await statusOf(page, bearer(TOKEN))).toBe(200)
    await put(tokenFile, '')
    await expect.poll(events, { timeout: 15_000 }).toContain('metrics.protection-kept')
    expect(await statusOf(page)).toBe(401)
    expect(await statusOf(page, bearer(SECOND))).toBe(200)
    await put(tokenFile, `${SECOND}\n`)
    await expect.poll(() => statusOf(page, bearer(TOKEN)), { timeout: 15_000 }).toBe(401)
    expect(await statusOf(page, bearer(SECOND))).toBe(200)
    expect(events().filter(event => event.startsWith('metrics.protection'))).toEqual([
      'metrics.protection-changed',
      'metrics.protection-kept',
      'metrics.protection-changed',
    ])
    for (const token of [TOKEN, SECOND]) expect(text()).not.toContain(token)
  })

  test('tokens that can be guessed, or that no header can carry, are refused without being shown', async () => {
    for (const token of ['guessable', 'has a blank in it, and is long', 'ümlaut-0123456789-0123']) {
      const started = serveMetrics(NOWHERE, { protection: { tokens: [new Secret(token)] } })
      await expect(started).rejects.toMatchObject({ code: 'metrics-token-invalid' })
      await expect(started).rejects.not.toThrow(token)
    }
  })
})

describe('with users', () => {
  test('the right password is asked of bcrypt, as Prometheus’ exporters write it, and then remembered', async () => {
    const webConfigFile = await webConfig({
      alice: (await hash('correct horse: 1', { cost: 6 })).replace('$2b', '$2y'),
      bob: await hash('battery', { cost: 4 }),
    })
    const { url } = await serveMetrics(NOWHERE, { protection: { webConfigFile } })
    const refused = await fetch(`${url}/metrics`)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="howdah", charset="UTF-8"',
    ])
    for (let times = 0; times < 3; times++) {
      expect(await statusOf(`${url}/metrics`, basic('alice', 'correct horse: 1'))).toBe(200)
      expect(await statusOf(`${url}/metrics`, basic('bob', 'battery'))).toBe(200)
      for (const [user, password] of [
        ['alice', 'battery'],
        ['bob', 'correct horse: 1'],
        ['eve', 'battery'],
        ['eve', 'correct horse: 1'],
        ['alice', ''],
        ['', ''],
        ['__proto__', 'x'],
        ['bob', 'battery\0'],
      ] as const)
        expect([user, password, await statusOf(`${url}/metrics`, basic(user, password))]).toEqual([
          user,
          password,
          401,
        ])
    }
    expect(await statusOf(`${url}/metrics`, { authorization: 'Basic %%%' })).toBe(401)
  })

  test('a password of which bcrypt reads only the beginning does not match by that', async () => {
    const webConfigFile = await webConfig({ alice: await hash('a'.repeat(72), { cost: 4 }) })
    const { url } = await serveMetrics(NOWHERE, { protection: { webConfigFile } })
    expect(await statusOf(`${url}/metrics`, basic('alice', 'a'.repeat(72)))).toBe(200)
    expect(await statusOf(`${url}/metrics`, basic('alice', 'a'.repeat(73)))).toBe(401)
  })

  test('those who guess by the hundred wait for one another and not for whoever was let in before', async () => {
    const webConfigFile = await webConfig({ alice: await hash('right', { cost: 12 }) })
    const { url } = await serveMetrics(NOWHERE, { protection: { webConfigFile } })
    expect(await statusOf(`${url}/metrics`, basic('alice', 'right'))).toBe(200)
    let settled = 0
    const guesses = Array.from({ length: 300 }, async (_, guess) => {
      const status = await statusOf(`${url}/metrics`, basic('alice', `guess ${guess}`))
      settled += 1
      return status
    })
    // Two of one address are compared; the others are told to come again, and none of them is waited for here.
    expect(await statusOf(`${url}/metrics`, basic('alice', 'right'))).toBe(200)
    expect(await statusOf(`${url}/livez`)).toBe(200)
    expect(settled).toBeLessThan(300)
    const statuses = await Promise.all(guesses)
    expect(statuses.filter(status => status === 429).length).toBeGreaterThan(250)
    expect(statuses.every(status => status === 429 || status === 401)).toBe(true)
    const page = await (await fetch(`${url}/metrics`, { headers: basic('alice', 'right') })).text()
    const counted = (code: string) =>
      valueIn(parseExposition(page), 'howdah_http_requests_total', { route: '/metrics', code })
    expect(counted('429')).toBe(statuses.filter(status => status === 429).length)
    expect(counted('401')).toBe(statuses.filter(status => status === 401).length)
  })

  test('a user who is taken out is refused from then on; users cannot be taken out altogether', async () => {
    const hashed = await hash('battery', { cost: 4 })
    const webConfigFile = await webConfig({ alice: hashed, bob: hashed })
    const { log, text } = watchedLog()
    const { url } = await serveMetrics(NOWHERE, {
      protection: { webConfigFile },
      runtime: quietRuntime({ log }),
    })
    expect(await statusOf(`${url}/metrics`, basic('alice', 'battery'))).toBe(200)
    await put(webConfigFile, `basic_auth_users: {bob: ${hashed}}`)
    await expect
      .poll(() => statusOf(`${url}/metrics`, basic('alice', 'battery')), { timeout: 15_000 })
      .toBe(401)
    expect(await statusOf(`${url}/metrics`, basic('bob', 'battery'))).toBe(200)
    await put(webConfigFile, 'basic_auth_users: {}')
    await expect.poll(text, { timeout: 15_000 }).toContain('cannot be given up while the server runs')
    expect(await statusOf(`${url}/metrics`)).toBe(401)
    expect(text()).not.toContain(hashed)
  })
})

test.each([
  ['basic_auth_userz: {}', 'basic_auth_userz is not known; did you mean basic_auth_users?'],
  [
    'tls_server_config: {cert_flie: a, key_file: b}',
    'tls_server_config.cert_flie is not known; did you mean cert_file?',
  ],
  ['rate_limit: {interval: 1s}', 'rate_limit is not honoured by Howdah'],
  ['tls_server_config: {cert_file: a, key_file: b, min_version: TLS10}', 'tls_server_config.min_version: '],
  [
    'tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}',
    'RequireAndVerifyClientCert go together',
  ],
  ['basic_auth_users: {alice: hunter2}', 'basic_auth_users.alice: must be a bcrypt hash of cost 4 to 14'],
  [`basic_auth_users: {alice: $2b$31$${'a'.repeat(53)}}`, 'must be a bcrypt hash of cost 4 to 14'],
  ['basic_auth_users: {alice: hunter2, alice: hunter2}', 'line 1 is not YAML (DUPLICATE_KEY)'],
  ['a: &a [*b, hunter2]', 'an alias in it leads nowhere'],
  ['hunter2', 'the file: '],
  ['', 'the file: '],
])('the web configuration %j is refused, saying %j and nothing of what it holds', async (text, problem) => {
  const webConfigFile = join(await directory(), 'web.yml')
  await put(webConfigFile, text)
  const error: Error = await serveMetrics(NOWHERE, { protection: { webConfigFile } }).then(
    () => expect.unreachable(),
    thrown => thrown,
  )
  expect(error).toMatchObject({ code: 'web-config-invalid' })
  expect(error.message).toContain(problem)
  expect(error.message).not.toContain('hunter2')
})

test('a file that is not there is named', async () => {
  for (const protection of [{ tokenFile: '/nowhere/tokens' }, { webConfigFile: '/nowhere/web.yml' }])
    await expect(serveMetrics(NOWHERE, { protection })).rejects.toMatchObject({
      code: 'protection-unreadable',
      message: expect.stringContaining('/nowhere/'),
    })
})

describe('an address that other machines reach', () => {
  const warned = async (given: Parameters<typeof serveMetrics>[1]) => {
    const { log, text } = watchedLog()
    await serveMetrics(NOWHERE, { ...given, runtime: quietRuntime({ log }) })
    return text()
  }

  test('is warned of while it lacks credentials or TLS', async () => {
    expect(await warned({ host: '0.0.0.0' })).toContain('without credentials and TLS')
    const half = await warned({ host: '0.0.0.0', protection: { tokens: [new Secret(TOKEN)] } })
    expect(half).toContain('"event":"metrics.open"')
    expect(half).toContain('without TLS')
    expect(await warned({})).not.toContain('metrics.open')
  })
})
