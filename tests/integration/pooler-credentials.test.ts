import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { HowdahError } from '../../runner/core/errors.ts'
import { poll } from '../../runner/core/poll.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import {
  type Credential,
  type CredentialStore,
  fileStore,
  rotateCredentials,
  secretsManagerStore,
} from '../../runner/pooler/pooler.ts'
import { CANARY, moto, REGION, startEmulator } from '../harness/aws.ts'
import { cli } from '../harness/cli.ts'
import { createPooledDatabase, type PooledDatabase } from '../harness/pooled-database.ts'
import { AUTH_PASSWORD, IMAGE, poolerImage, startPoolerTask } from '../harness/pooler-image.ts'
import { startLoad } from '../harness/pooler-load.ts'
import { execute, MAJORS, query } from '../harness/postgres.ts'

const setUp = (db: PooledDatabase, ...args: string[]) =>
  cli(['setup', 'pooler-auth', '--json', '--role', `${db.name}_auth`, ...args], {
    env: { DATABASE_URL: db.ownerUrl },
  })

const urlAs = (db: PooledDatabase, username: string, password: string) =>
  Object.assign(new URL(db.url), { username, password }).href

const authUrl = (db: PooledDatabase) => urlAs(db, `${db.name}_auth`, AUTH_PASSWORD)
const rotateInto = (db: PooledDatabase, store: CredentialStore, graceMs = 60_000) =>
  rotateCredentials({
    url: new Secret(db.ownerUrl),
    setting: 'databaseUrl',
    connectTimeoutMs: 10_000,
    role: db.role,
    graceMs,
    store,
    dryRun: false,
    runtime: quietRuntime(),
  })

function memoryStore() {
  let kept: Credential | undefined
  const breaks = { read: false, beforeWrite: false, afterWrite: false }
  const crash = new Error('killed here')
  return {
    breaks,
    kept: () => kept,
    place: 'memory',
    read: async () => {
      if (breaks.read) throw crash
      return kept
    },
    write: async (credential: Credential) => {
      if (breaks.beforeWrite) throw crash
      kept = credential
      if (breaks.afterWrite) throw crash
    },
  }
}

test.each(MAJORS)(
  'on %i a role that may not read pg_authid makes what PgBouncer asks, once, and nobody else may ask',
  async major => {
    await using db = await createPooledDatabase(major)
    await expect(query(db.ownerUrl, 'SELECT FROM pg_authid')).rejects.toMatchObject({ code: '42501' })
    const again = await setUp(db, '--apply')
    expect(again.exit, again.stderr).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ applied: false, statements: [] })
    const { user, password } = await db.rotate()
    const asked = 'SELECT username, verifier FROM pgbouncer.get_auth($1)'
    expect(await query(authUrl(db), asked, [user])).toEqual([
      { username: user, verifier: expect.stringMatching(/^SCRAM-SHA-256\$4096:/) },
    ])
    expect(await query(authUrl(db), asked, ['nobody'])).toEqual([])
    await expect(query(authUrl(db), 'SELECT FROM pgbouncer.credential')).rejects.toMatchObject({
      code: '42501',
    })
    await expect(query(urlAs(db, user, password), asked, [user])).rejects.toMatchObject({ code: '42501' })
    // The role the session runs as is the group, so that what one user makes the other may change.
    expect(await query(urlAs(db, user, password), 'SELECT current_user')).toEqual([{ current_user: db.role }])
    await execute(db.ownerUrl, "UPDATE pgbouncer.credential SET valid_until = now() - interval '1 second'")
    expect(await query(authUrl(db), asked, [user])).toEqual([{ username: user, verifier: null }])
  },
)

test('without --apply it is SQL to review and nothing is changed; what somebody broke is put right', async () => {
  await using db = await createPooledDatabase()
  await execute(
    db.ownerUrl,
    'GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO PUBLIC',
    'GRANT SELECT ON pgbouncer.credential TO PUBLIC',
    `REVOKE USAGE ON SCHEMA pgbouncer FROM ${db.name}_auth`,
  )
  const said = JSON.parse((await setUp(db)).stdout)
  expect(said.applied).toBe(false)
  expect(said.statements.map(({ sql }: { sql: string }) => sql.split(' ').slice(0, 3).join(' '))).toEqual([
    'REVOKE ALL ON',
    'REVOKE ALL ON',
    'GRANT USAGE ON',
    'GRANT EXECUTE ON',
  ])
  expect(JSON.parse((await setUp(db)).stdout).statements).toHaveLength(4)
  expect(JSON.parse((await setUp(db, '--apply')).stdout).applied).toBe(true)
  expect(JSON.parse((await setUp(db)).stdout).statements).toEqual([])
  await execute(
    db.ownerUrl,
    'CREATE OR REPLACE FUNCTION pgbouncer.get_auth(wanted text) RETURNS TABLE (username name, verifier text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT username, verifier FROM pgbouncer.credential $$',
  )
  expect(JSON.parse((await setUp(db)).stdout).statements).toMatchObject([
    { why: 'the function is another one' },
  ])
})

test.skipIf(!poolerImage)(
  `ten rotations under twenty clients without a failed query; the old password is refused after its time ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const store = memoryStore()
    await rotateInto(db, store)
    const task = await startPoolerTask({ settings: { ...db.settings, processes: 2 } })
    const urlOf = () => {
      const { username, password } = store.kept() as Credential
      return task.urlOf(username, password.reveal())
    }
    // A client keeps its connection for a while, and looks for its credential when it makes a new one.
    const load = startLoad(
      20,
      urlOf,
      async client => {
        await client.query('SELECT 1')
      },
      200,
    )
    const users: string[] = []
    for (let round = 0; round < 10; round += 1) {
      await load.reached(3)
      // As long as a client keeps a connection: nobody uses the credential of two rotations ago any more.
      await systemClock.sleep(600)
      users.push((await rotateInto(db, store)).user)
    }
    await load.reached(3)
    const { done, errors } = await load.stop()
    expect(errors).toEqual([])
    expect(done).toBeGreaterThan(600)
    expect(users).toEqual([...'bababababa'].map(letter => `${db.role}_${letter}`))
    const old = store.kept() as Credential
    await rotateInto(db, store, 0)
    await expect(query(task.urlOf(old.username, old.password.reveal()), 'SELECT 1')).rejects.toThrow(
      /SASL|password/,
    )
    await expect(query(urlAs(db, old.username, old.password.reveal()), 'SELECT 1')).rejects.toMatchObject({
      code: '28P01',
    })
    expect(await query(urlOf(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  },
)

test.each(['read', 'beforeWrite', 'afterWrite'] as const)(
  'a rotation that is cut off (%s) leaves the application with what works, and the next run goes on',
  async moment => {
    await using db = await createPooledDatabase()
    const store = memoryStore()
    const first = await rotateInto(db, store)
    expect(first).toMatchObject({ user: `${db.role}_a`, before: undefined, state: 'rotated' })
    const works = async () => {
      const { username, password } = store.kept() as Credential
      expect(await query(urlAs(db, username, password.reveal()), 'SELECT session_user')).toEqual([
        { session_user: username },
      ])
      return username
    }
    store.breaks[moment] = true
    await expect(rotateInto(db, store)).rejects.toThrow('killed here')
    await works()
    store.breaks[moment] = false
    const told = store.kept()
    const next = await rotateInto(db, store)
    expect(next).toMatchObject({
      user: `${db.role}_b`,
      before: { user: `${db.role}_a` },
      state: moment === 'afterWrite' ? 'finished' : 'rotated',
    })
    // What the application may have read already is not made worthless.
    if (moment === 'afterWrite') expect(store.kept()).toBe(told)
    expect(await works()).toBe(`${db.role}_b`)
    expect((await rotateInto(db, store)).user).toBe(`${db.role}_a`)
  },
)

test('two rotations at once: one is told to wait', async () => {
  await using db = await createPooledDatabase()
  const store = memoryStore()
  let release: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const slow: CredentialStore = { ...store, write: credential => held.then(() => store.write(credential)) }
  const one = rotateInto(db, slow)
  const locked =
    "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
  await poll(async () => ((await query(db.url, locked)).length > 0 ? true : undefined), {
    clock: systemClock,
    budgetMs: 10_000,
    firstPauseMs: 10,
    maxPauseMs: 50,
  })
  const two = await rotateInto(db, store).catch(error => error)
  expect(two).toBeInstanceOf(HowdahError)
  expect(two).toMatchObject({ code: 'pooler-rotation-running', exit: 5 })
  release()
  expect(await one).toMatchObject({ state: 'rotated' })
})

test('a file is its owner’s alone, keeps what else is in it, and is refused where it cannot be written', async () => {
  await using db = await createPooledDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'howdah-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'credential.json')
  await writeFile(file, JSON.stringify({ host: 'pooler', port: 6432, username: 'x', password: 'y' }), {
    mode: 0o644,
  })
  await rotateInto(db, fileStore(file))
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    host: 'pooler',
    port: 6432,
    username: `${db.role}_a`,
  })
  const refused = await rotateInto(db, fileStore(join(folder, 'no', 'such'))).catch(error => error)
  expect(refused).toMatchObject({ code: 'credential-store-failed', exit: 4 })
})

test('the command shows a credential on standard output alone, and refuses what is missing', async () => {
  await using db = await createPooledDatabase()
  const rotate = (...args: string[]) =>
    cli(['pooler', 'rotate-credentials', ...args], { env: { DATABASE_URL: db.ownerUrl } })
  const shown = await rotate('--role', db.role, '--to-file', '-')
  expect(shown.exit, shown.stderr).toBe(0)
  const [, username = '', password = ''] = /^(\S+) (\S+)$/m.exec(shown.stdout) ?? []
  expect(await query(urlAs(db, username, password), 'SELECT session_user')).toEqual([
    { session_user: username },
  ])
  expect(shown.stderr).not.toContain(password)
  expect(await rotate('--role', db.role)).toMatchObject({ exit: 2 })
  expect(await rotate('--role', 'nobody-such', '--to-file', '-')).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining('error[pooler-role-missing]'),
  })
  await execute(db.ownerUrl, 'DROP SCHEMA pgbouncer CASCADE')
  expect(await rotate('--role', db.role, '--to-file', '-')).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining('setup pooler-auth --apply'),
  })
})

test.skipIf(!moto)(
  'Secrets Manager gets the new credential beside what was there (needs moto_server: pip install moto[server])',
  async () => {
    await using db = await createPooledDatabase()
    await using emulator = await startEmulator()
    vi.stubEnv('AWS_ENDPOINT_URL', emulator.url)
    vi.stubEnv('AWS_REGION', REGION)
    vi.stubEnv('AWS_ACCESS_KEY_ID', CANARY.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', CANARY.secretAccessKey)
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const client = new SecretsManagerClient({})
    onTestFinished(() => client.destroy())
    expect(await rotateInto(db, secretsManagerStore('no-such')).catch(error => error)).toMatchObject({
      code: 'credential-store-failed',
    })
    await client.send(
      new CreateSecretCommand({ Name: 'shop/app', SecretString: JSON.stringify({ host: 'pooler' }) }),
    )
    await client.send(new CreateSecretCommand({ Name: 'shop/new' }))
    const secretOf = async (name: string) =>
      JSON.parse((await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? '')
    const { user } = await rotateInto(db, secretsManagerStore('shop/app'))
    expect(await secretOf('shop/app')).toMatchObject({ host: 'pooler', username: user })
    const { username, password } = await secretOf('shop/app')
    expect(await query(urlAs(db, username, password), 'SELECT session_user')).toEqual([
      { session_user: user },
    ])
    // As Pulumi makes it: without a version.
    const { user: next } = await rotateInto(db, secretsManagerStore('shop/new'))
    expect(await secretOf('shop/new')).toMatchObject({ username: next })
  },
)
