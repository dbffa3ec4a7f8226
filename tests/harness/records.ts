import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { Secret } from '../../runner/core/secret.ts'
import { type Connection, connect } from '../../runner/postgres/connect.ts'
import { execute, type TestDatabase } from './postgres.ts'

const RUNNER = new URL('../../runner/', import.meta.url)

/** A session of the runner's own kind, until the test ends or closes it. */
export async function runnerSession(url: string): Promise<Connection> {
  const connection = await connect({
    url: new Secret(url),
    setting: 'databaseUrl',
    applicationName: 'howdah/test',
    connectTimeoutMs: 5000,
  })
  onTestFinished(() => connection.close())
  return connection
}

/** The URL of a role that owns the database and may do nothing else; gone with it when the test ends. */
export async function ordinaryOwner(db: TestDatabase): Promise<string> {
  const role = `owner_${randomBytes(4).toString('hex')}`
  await execute(
    db.adminUrl,
    `CREATE ROLE ${role} LOGIN PASSWORD 'x'`,
    `ALTER DATABASE "${db.name}" OWNER TO ${role}`,
  )
  onTestFinished(async () => {
    await execute(db.adminUrl, `DROP DATABASE IF EXISTS "${db.name}" WITH (FORCE)`, `DROP ROLE ${role}`)
  })
  const url = new URL(db.url)
  url.username = role
  url.password = 'x'
  return url.href
}

/** Runs `body`, statements that see `connection` and everything of `imports` (file below runner/), in a process, and kills it when it has said so. */
export async function killedAfter(
  url: string,
  imports: Readonly<Record<string, string>>,
  body: string,
): Promise<void> {
  const lines = Object.entries({
    connect: 'postgres/connect.ts',
    Secret: 'core/secret.ts',
    ...imports,
  }).map(([name, file]) => `import { ${name} } from ${JSON.stringify(new URL(file, RUNNER).href)};`)
  const code = `${lines.join('\n')}
    const connection = await connect({ url: new Secret(${JSON.stringify(url)}), setting: 'databaseUrl', applicationName: 'howdah/test', connectTimeoutMs: 5000 });
    ${body}
    process.stdout.write('begun');
    await new Promise(() => setInterval(() => {}, 1000));`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const begun = once(child.stdout, 'data')
  if ((await Promise.race([begun, ended.then(() => undefined)])) === undefined)
    throw new Error('the process ended before it was killed')
  child.kill('SIGKILL')
  await ended
}
