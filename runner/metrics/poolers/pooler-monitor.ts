import { messageOf } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Secret } from '../../core/secret.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import {
  type ConsoleAddress,
  describeConsole,
  findConsoles,
  type Resolve,
  requireConsoleUrl,
} from '../../pooler/pooler.ts'
import { type Deadline, deadlineIn } from '../collection/deadline.ts'
import { FamilyBuilder, mergeFamilies, type Snapshot } from '../exposition/snapshot.ts'
import { PoolerConsole, type ProcessAnswer } from './pooler-console.ts'
import { poolerFigures } from './pooler-figures.ts'
import { POOLER_METRICS } from './pooler-metrics.ts'

export interface PoolerMonitorOptions {
  /** Of the admin consoles. */
  readonly urls: readonly Secret[]
  readonly connectTimeoutMs: number
  readonly runtime: Runtime
  /** Absent: as the system does. */
  readonly resolve?: Resolve | undefined
}

/** A console answers within a millisecond; one that hangs must not hold up the page, in milliseconds. */
const POOLER_TIMEOUT_MS = 1500

/**
 * Asks every process of every PgBouncer at once. It does so whether or not the database answers, and what one pooler does is nothing to the others. A host
 * name stands for all its addresses, looked up with each scrape: tasks come and go.
 */
export class PoolerMonitor {
  readonly #options: PoolerMonitorOptions
  readonly #urls: readonly Secret[]
  /** By place. */
  #consoles = new Map<string, PoolerConsole>()
  /** Where each URL led when its name was last known. */
  readonly #addresses = new Map<Secret, readonly ConsoleAddress[]>()
  readonly #down = new Set<string>()
  #scraping: Promise<Snapshot> | undefined

  /** @throws HowdahError database-url-invalid */
  constructor(options: PoolerMonitorOptions) {
    this.#options = options
    for (const url of options.urls) requireConsoleUrl(url)
    // The same console twice would be the same series twice, and Prometheus refuses such a page.
    this.#urls = [...new Map(options.urls.map(url => [describeConsole(url), url])).values()]
  }

  /** Never throws: a pooler that does not answer within `budgetMs`, or 1.5 s, is down. Scrapes meanwhile share the result. */
  scrape(budgetMs: number): Promise<Snapshot> {
    this.#scraping ??= this.#ask(
      deadlineIn(this.#options.runtime.clock, Math.min(POOLER_TIMEOUT_MS, budgetMs)),
    ).finally(() => {
      this.#scraping = undefined
    })
    return this.#scraping
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consoles.values()].map(each => each.close()))
    await this.#scraping
  }

  async #ask(deadline: Deadline): Promise<Snapshot> {
    const [consoles, unknown] = await this.#find(deadline)
    const asked = await Promise.all(consoles.map(each => each.ask(deadline)))
    const answers = [...unknown, ...asked.flat()]
    const there = new Set(answers.map(({ pooler }) => pooler))
    for (const pooler of this.#down) if (!there.has(pooler)) this.#down.delete(pooler)
    return mergeFamilies(
      answers.map(answer => {
        this.#tell(answer.pooler, 'failure' in answer ? answer.failure : undefined)
        if ('answers' in answer) return poolerFigures(answer.pooler, answer.answers)
        const families = new FamilyBuilder(POOLER_METRICS)
        families.emit('pgbouncer_up', 0, { pooler: answer.pooler })
        return families.families()
      }),
    )
  }

  /** The consoles there are now, and names that led nowhere. Those that a name does not lead to any more are closed. */
  async #find(deadline: Deadline): Promise<[readonly PoolerConsole[], readonly ProcessAnswer[]]> {
    const { clock } = this.#options.runtime
    const unknown: ProcessAnswer[] = []
    const found = await Promise.all(
      this.#urls.map(async url => {
        const failure = await this.#look(url, deadline)
        // A name server that is away for a moment takes no pooler away.
        if (failure !== undefined && !this.#addresses.has(url))
          unknown.push({ pooler: describeConsole(url), failure })
        return this.#addresses.get(url) ?? []
      }),
    )
    const before = this.#consoles
    this.#consoles = new Map(
      found
        .flat()
        .map(address => [
          address.place,
          before.get(address.place) ?? new PoolerConsole(address, this.#options.connectTimeoutMs, clock),
        ]),
    )
    const gone = [...before].filter(([place]) => !this.#consoles.has(place))
    await Promise.all(gone.map(([, each]) => each.close()))
    return [[...this.#consoles.values()], unknown]
  }

  /** Where a URL leads now. @returns why that is not known */
  async #look(url: Secret, deadline: Deadline): Promise<string | undefined> {
    const { clock } = this.#options.runtime
    try {
      const addresses = await within(clock, deadline.leftMs(), findConsoles([url], this.#options.resolve))
      if (addresses === OUT_OF_TIME) return 'its name was not looked up in time'
      this.#addresses.set(url, addresses)
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }

  #tell(pooler: string, reason: string | undefined): void {
    const { log } = this.#options.runtime
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
