import { dirname } from 'node:path'
import { escapeIdentifier } from 'pg'
import type { Clock } from '../../core/clock.ts'
import { within } from '../../core/within.ts'
import type { Connection } from '../../postgres/connect.ts'
import { sqlstateOf } from '../../postgres/sqlstate.ts'
import { ask } from './console-session.ts'

/** A database as SHOW DATABASES has it. */
export interface DatabaseState {
  readonly name: string
  readonly host: string | null
  readonly port: number
  readonly database: string
  readonly paused: boolean
  readonly serverConnections: number
}

interface DatabaseRow {
  readonly name: string
  readonly host: string | null
  readonly port: number | string
  readonly database: string
  readonly paused: number | string
  readonly current_connections: number | string
}

/** One PgBouncer process, with a session for commands and one for what must get through while a command waits. */
export class PoolerProcess {
  /** `host:port`, with the number of the process where several share the port: `10.0.3.7:6432#2`. */
  readonly place: string
  readonly config: ReadonlyMap<string, string>
  readonly #session: Connection
  readonly #spare: Connection
  readonly #clock: Clock

  constructor(
    place: string,
    config: ReadonlyMap<string, string>,
    sessions: readonly [Connection, Connection],
    clock: Clock,
  ) {
    this.place = place
    this.config = config
    this.#session = sessions[0]
    this.#spare = sessions[1]
    this.#clock = clock
  }

  /** A command of which one waits for the answer. @throws HowdahError */
  command<R extends object>(command: string, budgetMs: number): Promise<R[]> {
    return ask<R>(this.#session, command, { connectTimeoutMs: budgetMs, clock: this.#clock })
  }

  async databases(budgetMs: number): Promise<DatabaseState[]> {
    const rows = await this.#urgent<DatabaseRow>('SHOW DATABASES', budgetMs)
    return rows
      .filter(({ name }) => name !== 'pgbouncer')
      .map(({ name, host, port, database, paused, current_connections }) => ({
        name,
        host,
        port: Number(port),
        database,
        paused: Number(paused) === 1,
        serverConnections: Number(current_connections),
      }))
  }

  /** Returns when no server connection is in use any more; clients wait meanwhile. Databases made on the way are paused as well. @throws HowdahError */
  async pause(budgetMs: number, stop: AbortSignal): Promise<void> {
    const end = this.#clock.monotonicMs() + budgetMs
    const left = () => Math.max(1, end - this.#clock.monotonicMs())
    for (;;) {
      const running = (await this.databases(left())).filter(({ paused }) => !paused)
      if (running.length === 0) return
      for (const { name } of running) {
        stop.throwIfAborted()
        await this.command(`PAUSE ${escapeIdentifier(name)}`, left())
      }
    }
  }

  /**
   * Leaves a text where the entrypoint of our image looks (`infra/images/pgbouncer/entrypoint.sh`): as the name of a log file, which PgBouncer makes when it has
   * something to log. The command that gives it something does nothing: there is no such database. @throws HowdahError
   */
  async leave(text: string, budgetMs: number): Promise<void> {
    const place = dirname(this.config.get('unix_socket_dir') ?? '')
    await this.command(`SET logfile = '${place}/to/${text}'`, budgetMs)
    try {
      await this.command('ENABLE "there is no such database"', budgetMs)
    } catch (error) {
      if (sqlstateOf(error) === undefined) throw error
    }
    await this.command("SET logfile = ''", budgetMs)
  }

  /** Lets clients go on, also while a PAUSE still waits. @returns how many databases were paused @throws HowdahError */
  async resume(budgetMs: number): Promise<number> {
    const paused = (await this.databases(budgetMs)).filter(each => each.paused)
    for (const { name } of paused) await this.#urgent(`RESUME ${escapeIdentifier(name)}`, budgetMs)
    return paused.length
  }

  async close(): Promise<void> {
    for (const session of [this.#session, this.#spare])
      if (!session.lost) await within(this.#clock, 1000, session.close()).catch(() => undefined)
  }

  #urgent<R extends object>(command: string, budgetMs: number): Promise<R[]> {
    return ask<R>(this.#spare, command, { connectTimeoutMs: budgetMs, clock: this.#clock })
  }
}
