import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { CHECKOUT } from './cli.ts'

const execute = promisify(execFile)
const MAX_OUTPUT = 64 * 2 ** 20

/** A client of Docker that builds with BuildKit: with buildx, or from before 23, which has it built in. */
function findClient(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'docker'))
  return candidates.find(path => {
    if (!existsSync(path)) return false
    const version = spawnSync(path, ['version', '--format', '{{.Client.Version}} {{.Server.Version}}'])
    if (version.status !== 0) return false
    const old = Number.parseInt(version.stdout.toString(), 10) < 23
    return old || spawnSync(path, ['buildx', 'version']).status === 0
  })
}

const client = findClient()

/** The first base image that neither lies here nor is given by a registry; behind one, nobody is asked for the others. */
function missingImage(path: string, images: readonly string[]): string | undefined {
  return images.find(
    image =>
      spawnSync(path, ['image', 'inspect', image]).status !== 0 &&
      spawnSync(path, ['pull', '--quiet', image], { timeout: 60_000 }).status !== 0,
  )
}

/** What of all this machine lacks, and how to get it, fit for a test's title; `undefined`: nothing. */
export function lacking(...images: readonly string[]): string | undefined {
  if (!client) return 'needs a Docker engine, and a client with BuildKit: apt-get install docker.io'
  if (!existsSync(join(CHECKOUT, '.git'))) return 'needs a checkout of Git, not a copy of its files'
  const missing = missingImage(client, images)
  return missing === undefined ? undefined : `needs the image ${missing}: docker pull ${missing}`
}

export const BASES = ['debian:trixie-slim', 'node:24-trixie-slim', 'postgres:17-trixie'] as const

export async function docker(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, DOCKER_BUILDKIT: '1' }
  return (await execute(client ?? 'docker', args, { env, maxBuffer: MAX_OUTPUT })).stdout
}

/** What a commit of the checkout as it is now would hold, in a folder of its own: no `node_modules`, nothing that Git ignores. */
export async function cleanCheckout(): Promise<{ readonly directory: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-checkout-'))
  const git = async (...args: string[]) =>
    (await execute('git', args, { cwd: CHECKOUT, maxBuffer: MAX_OUTPUT })).stdout.trim()
  const tree = (await git('stash', 'create')) || 'HEAD'
  const archive = join(directory, '..', `${directory.split('/').at(-1)}.tar`)
  await git('archive', '--output', archive, tree)
  await execute('tar', ['--extract', '--file', archive, '--directory', directory])
  await rm(archive)
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

export interface BuiltImage extends AsyncDisposable {
  readonly tag: string
}

export interface BuildOptions {
  readonly context: string
  /** Below the context. */
  readonly dockerfile?: string
  readonly target?: string
  readonly args?: Readonly<Record<string, string>>
  readonly noCache?: boolean
}

/** Builds an image with what this machine's network needs, as build secrets; the image is gone when the test ends. */
export async function buildImage({
  context,
  dockerfile = 'Dockerfile',
  target,
  args = {},
  noCache,
}: BuildOptions): Promise<BuiltImage> {
  const tag = `howdah-test-${randomBytes(6).toString('hex')}`
  const secrets = await mkdtemp(join(tmpdir(), 'howdah-secrets-'))
  try {
    const npmrc = join(secrets, 'npmrc')
    const registry = await execute('npm', ['config', 'get', 'registry'], { cwd: secrets })
    await writeFile(npmrc, `registry=${registry.stdout.trim()}\n`)
    const ca = process.env.NODE_EXTRA_CA_CERTS
    await docker(
      'build',
      ...['--tag', tag, '--file', join(context, dockerfile)],
      ...['--secret', `id=npmrc,src=${npmrc}`, ...(ca ? ['--secret', `id=ca,src=${ca}`] : [])],
      ...(target ? ['--target', target] : []),
      ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...(noCache ? ['--no-cache'] : []),
      context,
    )
  } finally {
    await rm(secrets, { recursive: true, force: true })
  }
  return { tag, [Symbol.asyncDispose]: async () => void (await docker('image', 'rm', '--force', tag)) }
}

/** The runner's image, from a clean checkout. */
export async function buildRunner(
  options: Omit<BuildOptions, 'context' | 'dockerfile'> = {},
): Promise<BuiltImage> {
  await using checkout = await cleanCheckout()
  return await buildImage({ context: checkout.directory, dockerfile: 'runner/Dockerfile', ...options })
}

export async function imageSize(tag: string): Promise<number> {
  return Number(await docker('image', 'inspect', '--format', '{{.Size}}', tag))
}
