import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { poll } from '../../runner/core/poll.ts'
import { choosePort } from '../../runner/embedded/ports.ts'
import {
  type PgbouncerSettings,
  type PgbouncerVersion,
  renderPgbouncerIni,
} from '../../runner/pooler/pooler.ts'
import { CHECKOUT } from './cli.ts'

const run = promisify(execFile)
const FOLDER = join(CHECKOUT, 'infra/images/pgbouncer')

/** For the title of a suite that is skipped without it. */
export const IMAGE = '(needs a Docker engine, and debian:trixie-slim in it)'

/** A docker command. */
export async function docker(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await run('docker', [...args], { env: { ...process.env, ...env }, maxBuffer: 64 << 20 })
  return stdout.trim()
}

/** The pooler's image, built once for each state of its folder; `undefined` where there is no engine to build it with. */
export const poolerImage: string | undefined = buildImage()

function buildImage(): string | undefined {
  const base = ['image', 'inspect', '--format', '{{.Id}}', 'debian:trixie-slim']
  const found = spawnSync('docker', base, { encoding: 'utf8' })
  if (found.status !== 0) return undefined
  const hash = createHash('sha256').update(found.stdout)
  for (const name of readdirSync(FOLDER).sort()) hash.update(name).update(readFileSync(join(FOLDER, name)))
  const tag = `howdah-pgbouncer:test-${hash.digest('hex').slice(0, 12)}`
  if (spawnSync('docker', ['image', 'inspect', tag]).status === 0) return tag
  const built = spawnSync('docker', ['build', '-q', '-t', tag, FOLDER], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the pooler's image does not build: ${built.stderr}`)
  return tag
}

/** What the image has. */
export const IMAGE_VERSION: PgbouncerVersion = '1.24.1'

export interface PoolerTask {
  readonly id: string
  readonly port: number
  /** Of the admin console. */
  readonly adminUrl: string
  readonly urlOf: (user: string, password: string, database?: string) => string
  readonly logs: () => Promise<string>
  /** SIGTERM, and what came of it. */
  readonly stop: (seconds?: number) => Promise<{ readonly exitCode: number }>
  readonly exec: (...command: string[]) => Promise<string>
}

export interface TaskOptions {
  readonly settings: Omit<PgbouncerSettings, 'version' | 'listenPort' | 'listenAddress'>
  readonly env?: Readonly<Record<string, string>>
  readonly port?: number
  /** Default 127.0.0.1; another one of the loopback net stands for another task on the same port. */
  readonly address?: string
  /** Folders of this machine to show it, by their path in the container. */
  readonly mounts?: Readonly<Record<string, string>>
}

export const ADMIN_PASSWORD = 'the "admin" password'
export const AUTH_PASSWORD = 'auth-password'

/** A task of the pooler as ECS would run it: no root, nothing writable but its own place; gone when the test ends. */
export async function startPoolerTask({
  settings,
  env = {},
  port,
  address = '127.0.0.1',
  mounts = {},
}: TaskOptions): Promise<PoolerTask> {
  if (!poolerImage) throw new Error('no image')
  const listenPort = port ?? (await choosePort({ asked: 0, what: 'a pooler task', setting: 'nothing' }))
  const given: Record<string, string> = {
    PGBOUNCER_INI: renderPgbouncerIni({
      ...settings,
      version: IMAGE_VERSION,
      listenPort,
      listenAddress: address,
    }),
    PGBOUNCER_PROCESSES: String(settings.processes ?? 1),
    PGBOUNCER_ADMIN_PASSWORD: ADMIN_PASSWORD,
    PGBOUNCER_STATS_PASSWORD: 'stats-password',
    ...(settings.auth ? { PGBOUNCER_AUTH_PASSWORD: AUTH_PASSWORD } : {}),
    ...env,
  }
  const id = await docker(
    [
      'run',
      '--detach',
      '--network',
      'host',
      '--read-only',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      '--tmpfs',
      '/run/pgbouncer:uid=10001,gid=10001,mode=0700',
      ...Object.entries(mounts).flatMap(([inside, here]) => ['--volume', `${here}:${inside}:ro`]),
      ...Object.keys(given).flatMap(name => ['--env', name]),
      poolerImage,
    ],
    given,
  )
  onTestFinished(async () => {
    await docker(['rm', '--force', '--volumes', id])
  })
  const logs = async () => {
    const { stdout, stderr } = await run('docker', ['logs', id])
    return stdout + stderr
  }
  const urlOf = (user: string, password: string, database = 'app') =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${address}:${listenPort}/${encodeURIComponent(database)}`
  const healthy = () =>
    docker(['exec', id, 'pooler-healthy'])
      .then(() => true)
      .catch(() => undefined)
  if (!(await poll(healthy, { clock: systemClock, budgetMs: 20_000, firstPauseMs: 50, maxPauseMs: 200 })))
    throw new Error(`the pooler did not become healthy: ${await logs()}`)
  return {
    id,
    port: listenPort,
    adminUrl: urlOf('pgb_admin', ADMIN_PASSWORD, 'pgbouncer'),
    urlOf,
    logs,
    stop: async (seconds = 30) => {
      await docker(['stop', '--time', String(seconds), id])
      return { exitCode: Number(await docker(['inspect', '--format', '{{.State.ExitCode}}', id])) }
    },
    exec: (...command) => docker(['exec', id, ...command]),
  }
}
