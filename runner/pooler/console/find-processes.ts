import { HowdahError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import type { Connection } from '../../postgres/connect.ts'
import { explainError } from '../../postgres/explain.ts'
import {
  ask,
  type ConsoleAddress,
  type ConsolePatience,
  describeConsole,
  openConsole,
} from './console-session.ts'
import { findConsoles, type Resolve } from './find-consoles.ts'
import { PoolerProcess } from './pooler-process.ts'

/** A console that could not be reached, or whose processes could not all be. */
export interface Unreachable {
  readonly pooler: string
  readonly reason: string
}

/** Every process behind the URLs, as far as they can be reached. */
export interface Found {
  readonly processes: readonly PoolerProcess[]
  readonly unreachable: readonly Unreachable[]
}

/** For each: one that waits for the answer, and one for what cannot wait. */
const SESSIONS_EACH = 2
/** The kernel gives a connection to any of the processes: of 64 processes the last one is missed by so many attempts once in a million runs. */
const ATTEMPTS_PER_PROCESS = 40

/** Opens sessions to every process of every task. Whoever asks closes them. Never throws but for URLs that make no sense. */
export async function findProcesses(
  urls: readonly Secret[],
  patience: ConsolePatience,
  resolve?: Resolve,
): Promise<Found> {
  const unreachable: Unreachable[] = []
  const consoles: ConsoleAddress[] = []
  for (const url of urls) {
    try {
      consoles.push(...(await findConsoles([url], resolve)))
    } catch (error) {
      unreachable.push({ pooler: describeConsole(url), reason: explainError(error).message })
    }
  }
  const distinct = [...new Map(consoles.map(each => [each.place, each])).values()]
  const found = await Promise.all(
    distinct.map(async address => {
      try {
        return await processesOf(address, patience)
      } catch (error) {
        unreachable.push({ pooler: address.place, reason: explainError(error).message })
        return []
      }
    }),
  )
  return { processes: found.flat(), unreachable }
}

interface Caught {
  readonly session: Connection
  readonly config: ReadonlyMap<string, string>
}

/** All processes that share one address: connects until each has taken two connections. Which one does is the kernel's choice. */
async function processesOf(address: ConsoleAddress, patience: ConsolePatience): Promise<PoolerProcess[]> {
  const sessions: Connection[] = []
  const keep = new Set<Connection>()
  const caught = new Map<string, Caught[]>()
  const end = patience.clock.monotonicMs() + patience.connectTimeoutMs
  const open = async () => {
    const session = await openConsole(address, patience.connectTimeoutMs)
    sessions.push(session)
    const rows = await ask<{ key: string; value: string | null }>(session, 'SHOW CONFIG', patience)
    const config = new Map(rows.map(({ key, value }) => [key, value ?? '']))
    const id = config.get('peer_id') ?? '0'
    caught.set(id, [...(caught.get(id) ?? []), { session, config }])
    return { session, config }
  }
  try {
    const { session, config } = await open()
    const expected = await expectedProcesses(session, config, patience)
    const complete = () =>
      [...caught.values()].filter(each => each.length >= SESSIONS_EACH).length >= expected
    for (let attempts = 0; !complete(); attempts += expected) {
      const late = patience.clock.monotonicMs() > end
      if (late || attempts > ATTEMPTS_PER_PROCESS * expected * SESSIONS_EACH)
        throw missing(address, caught, expected)
      await Promise.all(Array.from({ length: expected }, open))
    }
    const processes = [...caught].map(([id, [first, second]]) => {
      if (!first || !second) throw missing(address, caught, expected)
      keep.add(first.session).add(second.session)
      const place = expected === 1 ? address.place : `${address.place}#${id}`
      return new PoolerProcess(place, first.config, [first.session, second.session], patience.clock)
    })
    return processes.sort((a, b) => (a.place < b.place ? -1 : 1))
  } catch (error) {
    keep.clear()
    throw error
  } finally {
    for (const session of sessions) if (!keep.has(session)) void session.close().catch(() => undefined)
  }
}

/** How many processes share the port. @throws HowdahError pooler-processes-unknown */
async function expectedProcesses(
  session: Connection,
  config: ReadonlyMap<string, string>,
  patience: ConsolePatience,
): Promise<number> {
  const peerId = Number(config.get('peer_id') ?? 0)
  if (peerId > 0) {
    const peers = await ask<{ peer_id: number | string }>(session, 'SHOW PEERS', patience)
    return new Set([peerId, ...peers.map(each => Number(each.peer_id))]).size
  }
  if (config.get('so_reuseport') === '1') {
    const { host, port } = session.target
    throw new HowdahError('pooler-processes-unknown', { host, port })
  }
  return 1
}

function missing(
  address: ConsoleAddress,
  caught: ReadonlyMap<string, readonly Caught[]>,
  expected: number,
): HowdahError {
  const [host = '', port] = address.place.split(/:(?=\d+$)/)
  const reason = `${caught.size} of its ${expected} processes took our connections`
  return new HowdahError('server-unreachable', { host, port: Number(port), reason })
}
