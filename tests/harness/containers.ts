import {
  GenericContainer,
  getContainerRuntimeClient,
  type StartedNetwork,
  StartupCheckStrategy,
  Wait,
} from 'testcontainers'

/** What is started here is stopped here; the image of testcontainers' own cleaner is not to be had everywhere. */
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'

/** Started is started: what it does then is the test's matter. */
class AsSoonAsItRuns extends StartupCheckStrategy {
  override async checkStartupState(): Promise<'SUCCESS'> {
    return 'SUCCESS'
  }
}

/** A container as a careful cluster runs it: not root, no capability, nothing to write to, no way to more rights. */
export class LockedContainer extends GenericContainer {
  constructor(image: string) {
    super(image)
    this.hostConfig = { ...this.hostConfig, ReadonlyRootfs: true }
    this.withDroppedCapabilities('ALL')
      .withSecurityOpt('no-new-privileges')
      .withWaitStrategy(new AsSoonAsItRuns())
  }
}

export interface Ended {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunningVerb extends AsyncDisposable {
  readonly id: string
  readonly ended: Promise<Ended>
  readonly kill: (signal: string) => Promise<void>
  /** The address that a port of its has on this machine. */
  readonly address: (port: number) => string
  /** What Docker says of its health. */
  readonly health: () => Promise<string | undefined>
}

export interface VerbOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly network?: StartedNetwork
  /** A folder that is put at /app, to be read only. */
  readonly project?: string
  readonly ports?: readonly number[]
}

/** Starts `docker run <image> <words>`, as locked up as it goes. */
export async function startVerbIn(
  image: string,
  words: readonly string[],
  { env = {}, network, project, ports = [] }: VerbOptions = {},
): Promise<RunningVerb> {
  const container = new LockedContainer(image)
    .withCommand([...words])
    .withEnvironment(env)
    .withExposedPorts(...ports)
  if (network) container.withNetwork(network)
  if (project) container.withBindMounts([{ source: project, target: '/app', mode: 'ro' }])
  const started = await container.start()
  const { dockerode } = (await getContainerRuntimeClient()).container
  const handle = dockerode.getContainer(started.getId())
  const ended = handle.wait().then(async ({ StatusCode }: { StatusCode: number }) => {
    const log = await handle.logs({ stdout: true, stderr: true, follow: false })
    return { exit: StatusCode, ...demultiplex(log) }
  })
  // Who only looks at its health does not wait for its end.
  ended.catch(() => undefined)
  return {
    id: started.getId(),
    ended,
    kill: signal => handle.kill({ signal }).then(() => undefined),
    address: port => `http://${started.getHost()}:${started.getMappedPort(port)}`,
    health: async () => (await handle.inspect()).State.Health?.Status,
    [Symbol.asyncDispose]: async () => {
      await handle.remove({ force: true, v: true })
    },
  }
}

/** Runs a verb to its end. */
export async function runVerbIn(
  image: string,
  words: readonly string[],
  options: VerbOptions = {},
): Promise<Ended> {
  await using verb = await startVerbIn(image, words, options)
  return await verb.ended
}

/** Docker's log of a container: frames of 8 bytes of head (the stream, the length) and a body. */
function demultiplex(log: Buffer): { stdout: string; stderr: string } {
  const bodies: Record<number, Buffer[]> = { 1: [], 2: [] }
  for (let at = 0; at + 8 <= log.length; ) {
    const length = log.readUInt32BE(at + 4)
    bodies[log[at] ?? 0]?.push(log.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  const text = (stream: number) => Buffer.concat(bodies[stream] ?? []).toString()
  return { stdout: text(1), stderr: text(2) }
}

export interface DatabaseContainer extends AsyncDisposable {
  /** From this machine. */
  readonly url: string
  /** From containers of the same network. */
  readonly urlInside: (password?: string) => string
}

export const PASSWORD = 'right-password'

/** A real server, on a network, with one empty database `app`. */
export async function startDatabase(network: StartedNetwork): Promise<DatabaseContainer> {
  const container = await new GenericContainer('postgres:17-trixie')
    .withEnvironment({ POSTGRES_PASSWORD: PASSWORD, POSTGRES_USER: 'owner', POSTGRES_DB: 'app' })
    .withCommand(['postgres', '-c', 'fsync=off'])
    .withNetwork(network)
    .withNetworkAliases('database')
    .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
    .withExposedPorts(5432)
    // The server that creates the database says so as well.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start()
  return {
    url: `postgresql://owner:${PASSWORD}@${container.getHost()}:${container.getMappedPort(5432)}/app`,
    urlInside: (password = PASSWORD) => `postgresql://owner:${password}@database:5432/app`,
    [Symbol.asyncDispose]: async () => {
      await container.stop({ remove: true, removeVolumes: true, timeout: 0 })
    },
  }
}
