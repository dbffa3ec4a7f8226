import type { DBInstance } from '@aws-sdk/client-rds'
import type { Runtime } from '../../core/runtime.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import { FamilyBuilder, type Snapshot } from '../exposition/snapshot.ts'
import { AwsQuestions } from './aws-questions.ts'
import { type Datapoint, emitDatapoints } from './cloudwatch-figures.ts'
import { emitInstance, type Maintenance } from './instance-figures.ts'
import { APIS, type Api, RDS_METRICS } from './rds-metrics.ts'

export interface RdsMonitorOptions {
  /** Of the instances; none: nothing is asked, nothing is shown. */
  readonly identifiers: readonly string[]
  /** Absent: by the SDK's default chain. */
  readonly region: string | undefined
  readonly runtime: Runtime
}

/** How old an answer may be before AWS is asked anew, in milliseconds: RDS measures once a minute, and every question costs. */
export const RDS_REFRESH_MS = 60_000
/** Answers are shown for this long: two refreshes may fail. */
const LIFE_MS = 3 * RDS_REFRESH_MS
/** Upper bound of one refresh, in milliseconds. */
const REFRESH_TIMEOUT_MS = 5000
/** How long a page waits for a refresh, in milliseconds. Questions take 0.1 to 0.3 s; those that hang are not its problem. */
const WAIT_MS = 1500

interface Known<T> {
  readonly value: T
  readonly monotonicMs: number
  readonly wallMs: number
}

/** What is known of one instance, by the API that said it. */
interface Knowledge {
  GetMetricData?: Known<readonly Datapoint[]>
  DescribeDBInstances?: Known<DBInstance>
  DescribePendingMaintenanceActions?: Known<Maintenance>
}

/**
 * What AWS knows of instances of RDS. Every API is asked for itself, whether or not the database answers: one that fails
 * takes nothing away but what it alone knows.
 */
export class RdsMonitor {
  readonly #runtime: Runtime
  readonly #identifiers: readonly string[]
  readonly #aws: AwsQuestions
  readonly #closing = new AbortController()
  readonly #known = new Map<string, Knowledge>()
  /** Whether the last question said anything, by `api identifier`. */
  readonly #answered = new Map<string, boolean>()
  readonly #failing = new Set<string>()
  #refreshed: Known<undefined> | undefined
  #refreshing: Promise<unknown> | undefined

  constructor({ identifiers, region, runtime }: RdsMonitorOptions) {
    this.#runtime = runtime
    this.#identifiers = [...new Set(identifiers)]
    this.#aws = new AwsQuestions(region, warning => {
      runtime.log.warn('metrics.aws-sdk', `the AWS SDK warns: ${warning}`)
    })
    for (const identifier of this.#identifiers) this.#known.set(identifier, {})
  }

  /** What is known, after a refresh where one is due and ends within `budgetMs`, or 1.5 s. Never throws. */
  async scrape(budgetMs: number): Promise<Snapshot> {
    if (this.#identifiers.length === 0) return []
    if (!this.#refreshing && this.#ageMs(this.#refreshed) >= RDS_REFRESH_MS) {
      this.#refreshed = this.#now(undefined)
      this.#refreshing = this.#refresh().finally(() => {
        this.#refreshing = undefined
      })
    }
    if (this.#refreshing) await within(this.#runtime.clock, Math.min(WAIT_MS, budgetMs), this.#refreshing)
    return this.#snapshot()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#refreshing
    await this.#aws.close()
  }

  async #refresh(): Promise<void> {
    const now = this.#runtime.clock.now()
    const all = this.#identifiers
    await Promise.all([
      this.#ask('GetMetricData', all, signal => this.#aws.datapoints(all, now, signal)),
      this.#ask('DescribePendingMaintenanceActions', all, signal => this.#aws.maintenance(all, signal)),
      ...all.map(identifier =>
        this.#ask('DescribeDBInstances', [identifier], async signal => {
          return new Map([[identifier, await this.#aws.instance(identifier, signal)]])
        }),
      ),
    ])
  }

  /** Asks one API about some instances, and notes what comes of it for each. */
  async #ask<A extends Api>(
    api: A,
    identifiers: readonly string[],
    question: (signal: AbortSignal) => Promise<ReadonlyMap<string, NonNullable<Knowledge[A]>['value']>>,
  ): Promise<void> {
    const outOfTime = new AbortController()
    const signal = AbortSignal.any([this.#closing.signal, outOfTime.signal])
    const asked = this.#now(undefined)
    try {
      const answer = await within(this.#runtime.clock, REFRESH_TIMEOUT_MS, question(signal))
      if (answer === OUT_OF_TIME) throw new Error(`no answer within ${REFRESH_TIMEOUT_MS / 1000} s`)
      for (const identifier of identifiers) {
        const value = answer.get(identifier)
        const empty = value === undefined || (Array.isArray(value) && value.length === 0)
        Object.assign(this.#known.get(identifier) ?? {}, { [api]: empty ? undefined : { ...asked, value } })
        this.#note(api, identifier, empty ? 'it has no value of the last ten minutes' : undefined)
      }
    } catch (error) {
      outOfTime.abort()
      if (this.#closing.signal.aborted) return
      for (const identifier of identifiers) this.#note(api, identifier, reasonOf(error))
    }
  }

  /** The log tells of a change once, and not every minute. */
  #note(api: Api, dbidentifier: string, reason: string | undefined): void {
    const { log } = this.#runtime
    const subject = `${api} ${dbidentifier}`
    const failedBefore = this.#failing.has(subject)
    this.#answered.set(subject, reason === undefined)
    if (reason === undefined) this.#failing.delete(subject)
    else this.#failing.add(subject)
    const fields = { api, dbidentifier }
    if (reason !== undefined && !failedBefore)
      log.warn('metrics.rds-failed', `${api} of AWS says nothing of ${dbidentifier}: ${reason}`, {
        ...fields,
        reason,
      })
    if (reason === undefined && failedBefore)
      log.info('metrics.rds-recovered', `${api} of AWS knows ${dbidentifier} again`, fields)
  }

  #snapshot(): Snapshot {
    const families = new FamilyBuilder(RDS_METRICS)
    const { emit } = families
    for (const [dbidentifier, known] of this.#known) {
      const instance = this.#young(known.DescribeDBInstances)
      const maintenance = this.#young(known.DescribePendingMaintenanceActions)?.value ?? 'unknown'
      emitDatapoints(dbidentifier, this.#young(known.GetMetricData)?.value ?? [], emit)
      if (instance) emitInstance(dbidentifier, instance.value, maintenance, this.#runtime.clock.now(), emit)
      for (const api of APIS) {
        const answered = this.#answered.get(`${api} ${dbidentifier}`)
        const young = this.#young<unknown>(known[api])
        if (answered !== undefined) emit('howdah_rds_up', answered ? 1 : 0, { dbidentifier, api })
        emit('howdah_rds_cache_age_seconds', young ? this.#ageMs(young) / 1000 : null, { dbidentifier, api })
      }
    }
    const { calls, errors } = this.#aws.counts
    for (const api of APIS) {
      emit('howdah_aws_api_calls_total', calls[api], { api })
      emit('howdah_aws_api_errors_total', errors[api], { api })
    }
    return families.families()
  }

  #young<T>(known: Known<T> | undefined): Known<T> | undefined {
    return this.#ageMs(known) < LIFE_MS ? known : undefined
  }

  #now<T>(value: T): Known<T> {
    const { clock } = this.#runtime
    return { value, monotonicMs: clock.monotonicMs(), wallMs: clock.now().getTime() }
  }

  /** By both clocks, since one stands still while the machine sleeps and the other is set back by hand. */
  #ageMs(known: Known<unknown> | undefined): number {
    if (!known) return Number.POSITIVE_INFINITY
    const { clock } = this.#runtime
    return Math.max(clock.monotonicMs() - known.monotonicMs, clock.now().getTime() - known.wallMs)
  }
}

/**
 * The error's name and the first line of what it says, shortened: what follows can be the request that was signed, which
 * holds the session's token.
 */
function reasonOf(error: unknown): string {
  const { name = 'Error', message = '', code } = error as { name?: string; message?: string; code?: string }
  const [line = ''] = message.split('\n')
  const said = line.slice(0, 300) || code || 'no reason given'
  return name === 'Error' ? said : `${name}: ${said}`
}
