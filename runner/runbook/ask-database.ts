import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import { abandon } from '../postgres/abandon.ts'
import { type Connection, type ConnectOptions, connect } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import { readServerFacts, type ServerFacts } from '../postgres/server-facts.ts'
import { parseScript } from '../sql/parse.ts'
import { answered, asText, MOST_ROWS, type Outcome } from './answer.ts'
import type { Question } from './question.ts'

/** Longer than any of the questions takes on 10,000 tables, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 5000
/** A table lock somebody else holds is no reason to wait: whoever comes next would queue behind us. */
const LOCK_TIMEOUT_MS = 100
/** How much longer than the server's own timeout we wait before it counts as hanging, in milliseconds. */
const GRACE_MS = 1000

interface Arrival {
  readonly facts: ServerFacts
  readonly seesAll: boolean
}

interface SessionOptions {
  readonly runtime: Runtime
  readonly showQueries: boolean
}

/** Puts questions to one server, over a session of its own, in the order given. */
export class DatabaseSession {
  /** Whether the role sees what other roles' sessions do; to one that does not, they look idle or absent. */
  readonly seesAll: boolean
  readonly #connection: Connection
  readonly #facts: ServerFacts
  readonly #runtime: Runtime
  readonly #showQueries: boolean

  private constructor(connection: Connection, arrival: Arrival, { runtime, showQueries }: SessionOptions) {
    this.#connection = connection
    this.#facts = arrival.facts
    this.seesAll = arrival.seesAll
    this.#runtime = runtime
    this.#showQueries = showQueries
  }

  /** @throws HowdahError as `connect` does */
  static async open(options: ConnectOptions, session: SessionOptions): Promise<DatabaseSession> {
    const connection = await connect(options)
    try {
      const arrival = await within(session.runtime.clock, STATEMENT_TIMEOUT_MS, arrive(connection))
      if (arrival !== OUT_OF_TIME) return new DatabaseSession(connection, arrival, session)
      throw hanging(connection, STATEMENT_TIMEOUT_MS)
    } catch (error) {
      await abandon(connection)
      throw error
    }
  }

  /** Who answers, for a person: `127.0.0.1:5432/shop, Postgres 18.4, primary`. */
  get description(): string {
    const { host, port, database } = this.#connection.target
    return `${host}:${port}/${database}, Postgres ${this.#facts.version}, ${this.#role}`
  }

  get #role(): 'primary' | 'replica' {
    return this.#facts.inRecovery ? 'replica' : 'primary'
  }

  /** Never throws but for an interruption: a question that fails is an outcome, and the next one is asked. */
  async ask({ sql, runOn, role }: Question): Promise<Outcome> {
    if (runOn !== 'any' && runOn !== this.#role)
      return { state: 'skipped', reason: `this server is a ${this.#role}; it is a question for a ${runOn}` }
    const { clock, signal } = this.#runtime
    signal.throwIfAborted()
    const giveUp = () => void abandon(this.#connection)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const bound = STATEMENT_TIMEOUT_MS + GRACE_MS
      const answer = await within(clock, bound, this.#readOnly(sql))
      if (answer !== OUT_OF_TIME) return answer
      await abandon(this.#connection)
      return failed(hanging(this.#connection, bound), role)
    } catch (error) {
      signal.throwIfAborted()
      return failed(explainError(error), role)
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  /** In a transaction that is rolled back; only as many rows are fetched as are shown, and one to see whether there are more. */
  async #readOnly(sql: string): Promise<Outcome> {
    const script = await parseScript(sql)
    const statements = script.ok ? script.statements.map(({ text }) => text.trim()) : [sql]
    const connection = this.#connection
    await connection.run('BEGIN')
    try {
      await connection.run(
        `SET TRANSACTION READ ONLY; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
      )
      for (const before of statements.slice(0, -1)) await connection.run(before)
      await connection.run(`DECLARE howdah_answer NO SCROLL CURSOR FOR ${statements.at(-1)}`)
      const fetched = await connection.client.query<(string | null)[]>(
        asText(`FETCH ${MOST_ROWS + 1} FROM howdah_answer`),
      )
      return answered(fetched, this.#showQueries)
    } finally {
      if (!connection.lost) await connection.run('ROLLBACK').catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    if (this.#connection.lost) return
    const ended = await within(this.#runtime.clock, GRACE_MS, this.#connection.close())
    if (ended === OUT_OF_TIME) await abandon(this.#connection)
  }
}

async function arrive(connection: Connection): Promise<Arrival> {
  const facts = await readServerFacts(connection)
  const { sees } = await connection.row<{ sees: boolean }>(
    "SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS sees",
  )
  return { facts, seesAll: sees }
}

function hanging({ target: { host, port } }: Connection, ms: number): HowdahError {
  return new HowdahError('server-unreachable', { host, port, reason: `no answer within ${ms} ms` })
}

function failed(error: HowdahError, role: string): Outcome {
  const more = role === 'monitor' ? '' : ` The question needs the role ${role}.`
  return { state: 'failed', reason: error.message, hint: `${error.hint}${more}` }
}
