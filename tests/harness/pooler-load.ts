import { Client } from 'pg'
import { onTestFinished } from 'vitest'

export interface Load {
  /** Until each client has done so many more. */
  readonly reached: (more: number) => Promise<void>
  /** SQLSTATEs and messages since the last time. */
  readonly takeErrors: () => string[]
  readonly stop: () => Promise<{ readonly done: number; readonly errors: readonly string[] }>
}

/**
 * Clients that do the same thing again and again, each over a connection of its own; one that fails is an error, and goes on with a new connection
 * unless the server only refused a statement.
 * @param lifetimeMs after which a client takes a new connection, between two statements
 */
export function startLoad(
  clients: number,
  urlOf: (number: number) => string | Promise<string>,
  work: (client: Client, number: number, n: number) => Promise<void>,
  lifetimeMs = Number.POSITIVE_INFINITY,
): Load {
  const done = Array.from({ length: clients }, () => 0)
  let errors: string[] = []
  let running = true
  const one = async (number: number) => {
    let client: Client | undefined
    let since = 0
    while (running) {
      try {
        if (!client) {
          client = new Client({ connectionString: await urlOf(number), connectionTimeoutMillis: 20_000 })
          client.on('error', () => undefined)
          await client.connect()
          since = performance.now()
        }
        await work(client, number, done[number] ?? 0)
        done[number] = (done[number] ?? 0) + 1
        if (performance.now() - since > lifetimeMs) {
          await client.end()
          client = undefined
        }
      } catch (error) {
        const { code, message } = error as { code?: string; message: string }
        errors.push(code ?? message)
        if (code === '0A000') {
          done[number] = (done[number] ?? 0) + 1
          continue
        }
        await client?.end().catch(() => undefined)
        client = undefined
      }
    }
    await client?.end().catch(() => undefined)
  }
  const all = Promise.all(done.map((_, number) => one(number)))
  const takeErrors = () => {
    const taken = errors
    errors = []
    return taken
  }
  const stop = async () => {
    running = false
    await all
    return { done: done.reduce((sum, count) => sum + count, 0), errors: takeErrors() }
  }
  onTestFinished(async () => {
    await stop()
  })
  return {
    reached: async more => {
      const goal = done.map(count => count + more)
      while (done.some((count, number) => count < (goal[number] ?? 0)))
        await new Promise(resolve => setTimeout(resolve, 20))
    },
    takeErrors,
    stop,
  }
}
