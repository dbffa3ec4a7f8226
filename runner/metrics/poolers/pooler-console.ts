import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import { CONSOLE_SETTING, type ConsoleAddress } from '../../pooler/pooler.ts'
import type { Deadline } from '../collection/deadline.ts'
import { Session } from '../collection/session.ts'
import { COMMANDS, type ConsoleAnswers } from './pooler-figures.ts'

/** What one PgBouncer process said, or why it said nothing. */
export type ProcessAnswer =
  | { readonly pooler: string; readonly answers: ConsoleAnswers }
  | { readonly pooler: string; readonly failure: string }

/** The kernel gives a connection to any of the processes that share a port: 40 attempts for each miss one of 16 once in a million scrapes. */
const ATTEMPTS_PER_PROCESS = 40
/** What a process without peers says of itself. */
const ALONE = '0'

interface Heard {
  readonly id: string
  readonly answers: ConsoleAnswers
}

/**
 * All processes at one address, each over a session that is kept: PgBouncer at its client limit lets nobody new in. Which process a session leads to is asked
 * each time, since a new one may lead elsewhere and its counters are another's.
 */
export class PoolerConsole {
  readonly #address: ConsoleAddress
  readonly #connectTimeoutMs: number
  readonly #clock: Clock
  #sessions: Session[] = []
  /** Of the processes there were when one last answered. */
  #ids: readonly string[] = [ALONE]
  #closed = false

  constructor(address: ConsoleAddress, connectTimeoutMs: number, clock: Clock) {
    this.#address = address
    this.#connectTimeoutMs = connectTimeoutMs
    this.#clock = clock
  }

  /** One answer for each process. Never throws. */
  async ask(deadline: Deadline): Promise<readonly ProcessAnswer[]> {
    if (this.#sessions.length === 0) this.#sessions.push(this.#open())
    const heard = new Map<string, Heard>()
    const kept: Session[] = []
    const failed: Session[] = []
    let failure = 'it did not answer in time'
    const listen = async (session: Session) => {
      try {
        const answers = await this.#answersOf(session, deadline)
        const id = idOf(answers)
        if (heard.has(id)) return await session.close()
        heard.set(id, { id, answers })
        kept.push(session)
      } catch (error) {
        failure = messageOf(error)
        failed.push(session)
      }
    }
    await Promise.all(this.#sessions.map(listen))
    const [first] = kept
    if (first) {
      const [{ id } = { id: ALONE }] = heard.values()
      this.#ids = await this.#peersOf(first, id, deadline)
      const most = this.#ids.length * ATTEMPTS_PER_PROCESS
      for (let attempts = 0; heard.size < this.#ids.length && attempts < most; attempts += 1) {
        if (deadline.leftMs() === 0 || this.#closed) break
        await listen(this.#open())
      }
      // While others answer, one that failed is no way to anybody; a new session finds whoever is there.
      await Promise.all(failed.map(session => session.close()))
    } else kept.push(...failed.slice(0, 1))
    this.#sessions = kept
    if (this.#closed) await this.close()
    return this.#ids.map(id => {
      const pooler = this.#ids.length === 1 ? this.#address.place : `${this.#address.place}#${id}`
      const found = heard.get(id)
      return found ? { pooler, answers: found.answers } : { pooler, failure }
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#sessions.map(session => session.close()))
  }

  #open(): Session {
    const { url, address } = this.#address
    const place = address === undefined ? {} : { address }
    const options = { url, setting: CONSOLE_SETTING, applicationName: 'howdah/serve', ...place }
    return new Session({ ...options, connectTimeoutMs: this.#connectTimeoutMs }, this.#clock)
  }

  /** Those that hand each other's cancel requests on, which are all that share the port (1.19). */
  async #peersOf(session: Session, id: string, deadline: Deadline): Promise<readonly string[]> {
    if (id === ALONE) return [ALONE]
    try {
      const { connection } = await session.acquire(deadline.leftMs())
      const asked = connection.rows<{ peer_id: number | string }>('SHOW PEERS')
      const peers = await within(this.#clock, deadline.leftMs(), asked)
      if (peers === OUT_OF_TIME) throw session.unreachable('it did not answer in time')
      return [...new Set([id, ...peers.map(({ peer_id }) => `${peer_id}`)])].sort()
    } catch {
      session.abandon()
      return this.#ids.includes(id) ? this.#ids : [id]
    }
  }

  /** A session kept from an earlier scrape may have died unnoticed; then it is asked once more over a new one. */
  async #answersOf(session: Session, deadline: Deadline): Promise<ConsoleAnswers> {
    for (;;) {
      const { connection, reused } = await session.acquire(deadline.leftMs())
      try {
        const answers: [string, unknown][] = []
        for (const [name, command] of Object.entries(COMMANDS)) {
          const rows = await within(this.#clock, deadline.leftMs(), connection.rows(command))
          if (rows === OUT_OF_TIME) throw session.unreachable('it did not answer in time')
          answers.push([name, rows])
        }
        return Object.fromEntries(answers) as unknown as ConsoleAnswers
      } catch (error) {
        session.abandon()
        if (!reused || deadline.leftMs() === 0) throw error
      }
    }
  }
}

const idOf = ({ config }: ConsoleAnswers): string =>
  `${config.find(({ key }) => key === 'peer_id')?.value ?? ALONE}`
