import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Secret } from '../../core/secret.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import { describeConsole, requireConsoleUrl } from '../../pooler/pooler.ts'
import { type Deadline, deadlineIn } from '../collection/deadline.ts'
import { Session } from '../collection/session.ts'
import { FamilyBuilder, mergeFamilies, type Snapshot } from '../exposition/snapshot.ts'
import { COMMANDS, type ConsoleAnswers, poolerFigures } from './pooler-figures.ts'
import { POOLER_METRICS } from './pooler-metrics.ts'

export interface PoolerMonitorOptions {
  /** Of the admin consoles. */
  readonly urls: readonly Secret[]
  readonly connectTimeoutMs: number
  readonly runtime: Runtime
}

/** A console answers within a millisecond; one that hangs must not hold up the page, in milliseconds. */
const POOLER_TIMEOUT_MS = 1500

/**
 * Asks every PgBouncer at once, each over a session that is kept: PgBouncer at its client limit lets nobody new in. It
 * does so whether or not the database answers, and what one pooler does is nothing to the others.
 */
export class PoolerMonitor {
  readonly #runtime: Runtime
  readonly #poolers = new Map<string, Session>()
  readonly #down = new Set<string>()
  #scraping: Promise<Snapshot> | undefined

  /** @throws HowdahError database-url-invalid */
  constructor({ urls, connectTimeoutMs, runtime }: PoolerMonitorOptions) {
    this.#runtime = runtime
    for (const url of urls) {
      requireConsoleUrl(url)
      const options = { url, setting: 'poolerAdminUrls', applicationName: 'howdah/serve', connectTimeoutMs }
      // The same console twice would be the same series twice, and Prometheus refuses such a page.
      if (!this.#poolers.has(describeConsole(url)))
        this.#poolers.set(describeConsole(url), new Session(options, runtime.clock))
    }
  }

  /** Never throws: a pooler that does not answer within `budgetMs`, or 1.5 s, is down. Scrapes meanwhile share the result. */
  scrape(budgetMs: number): Promise<Snapshot> {
    this.#scraping ??= this.#ask(
      deadlineIn(this.#runtime.clock, Math.min(POOLER_TIMEOUT_MS, budgetMs)),
    ).finally(() => {
      this.#scraping = undefined
    })
    return this.#scraping
  }

  async close(): Promise<void> {
    await Promise.all([...this.#poolers.values()].map(session => session.close()))
    await this.#scraping
  }

  async #ask(deadline: Deadline): Promise<Snapshot> {
    const asked = [...this.#poolers].map(async ([pooler, session]) => {
      try {
        const figures = poolerFigures(pooler, await answersOf(session, deadline, this.#runtime.clock))
        this.#tell(pooler, undefined)
        return figures
      } catch (error) {
        this.#tell(pooler, messageOf(error))
        const families = new FamilyBuilder(POOLER_METRICS)
        families.emit('pgbouncer_up', 0, { pooler })
        return families.families()
      }
    })
    return mergeFamilies(await Promise.all(asked))
  }

  #tell(pooler: string, reason: string | undefined): void {
    const { log } = this.#runtime
    const wasDown = this.#down.has(pooler)
    if (reason !== undefined && !wasDown)
      log.warn('metrics.pooler-down', `cannot collect metrics of PgBouncer ${pooler}: ${reason}`, {
        pooler,
        reason,
      })
    if (reason === undefined && wasDown)
      log.info('metrics.pooler-up', `PgBouncer ${pooler} answers again`, { pooler })
    if (reason === undefined) this.#down.delete(pooler)
    else this.#down.add(pooler)
  }
}

/** A session kept from an earlier scrape may have died unnoticed; then it is asked once more over a new one. */
async function answersOf(session: Session, deadline: Deadline, clock: Clock): Promise<ConsoleAnswers> {
  for (;;) {
    const { connection, reused } = await session.acquire(deadline.leftMs())
    try {
      const answers: [string, unknown][] = []
      for (const [name, command] of Object.entries(COMMANDS)) {
        const rows = await within(clock, deadline.leftMs(), connection.rows(command))
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
