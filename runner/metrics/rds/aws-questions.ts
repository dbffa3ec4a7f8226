import type { CloudWatchClient, MetricDataResult } from '@aws-sdk/client-cloudwatch'
import type { DBInstance, RDSClient } from '@aws-sdk/client-rds'
import { type Datapoint, metricQueries, newestDatapoints, windowStart } from './cloudwatch-figures.ts'
import { type Maintenance, maintenanceOf } from './instance-figures.ts'
import { APIS, type Api } from './rds-metrics.ts'

/** A throttled or failed request is sent this often in all; the caller's signal ends it sooner. */
const ATTEMPTS = 3
/** One request, in milliseconds: less than a refresh may take, so that a lost one can be sent again. */
const REQUEST_TIMEOUT_MS = 2000

type RdsCommands = Pick<
  typeof import('@aws-sdk/client-rds'),
  'DescribeDBInstancesCommand' | 'DescribePendingMaintenanceActionsCommand'
>
type CloudWatchCommands = Pick<typeof import('@aws-sdk/client-cloudwatch'), 'GetMetricDataCommand'>

interface Clients {
  readonly rds: RDSClient
  readonly cloudWatch: CloudWatchClient
  readonly commands: RdsCommands & CloudWatchCommands
}

/** What requests there were, by API. */
export interface Counts {
  readonly calls: Readonly<Record<Api, number>>
  readonly errors: Readonly<Record<Api, number>>
}

const zeros = () => Object.fromEntries(APIS.map(api => [api, 0])) as Record<Api, number>

/**
 * Asks AWS, with the credentials and the endpoint of the SDK's default chain. The SDK is loaded with the first question:
 * who has no RDS does not pay for it (60 ms and 10 MB).
 */
export class AwsQuestions {
  readonly #region: string | undefined
  readonly #warn: (warning: string) => void
  readonly #calls = zeros()
  readonly #errors = zeros()
  #clients: Promise<Clients> | undefined

  /**
   * @param region absent: by the SDK's default chain
   * @param warn takes what the SDK would write to stderr, a line each
   */
  constructor(region: string | undefined, warn: (warning: string) => void) {
    this.#region = region
    this.#warn = warn
  }

  get counts(): Counts {
    return { calls: this.#calls, errors: this.#errors }
  }

  /** The newest values of every metric, by instance; none for an instance that CloudWatch knows nothing of. */
  async datapoints(
    identifiers: readonly string[],
    now: Date,
    abortSignal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Datapoint[]>> {
    const { cloudWatch, commands } = await this.#load()
    const results: MetricDataResult[] = []
    for (const MetricDataQueries of metricQueries(identifiers)) {
      const input = { MetricDataQueries, StartTime: windowStart(now), EndTime: now }
      let NextToken: string | undefined
      do {
        const page = { ...input, ScanBy: 'TimestampDescending' as const, ...(NextToken && { NextToken }) }
        const command = new commands.GetMetricDataCommand(page)
        const answer = await this.#count('GetMetricData', () => cloudWatch.send(command, { abortSignal }))
        results.push(...(answer.MetricDataResults ?? []))
        NextToken = answer.NextToken
      } while (NextToken)
    }
    return newestDatapoints(identifiers, results, windowStart(now))
  }

  async instance(DBInstanceIdentifier: string, abortSignal: AbortSignal): Promise<DBInstance> {
    const { rds, commands } = await this.#load()
    const command = new commands.DescribeDBInstancesCommand({ DBInstanceIdentifier })
    const answer = await this.#count('DescribeDBInstances', () => rds.send(command, { abortSignal }))
    const [instance] = answer.DBInstances ?? []
    if (!instance) throw new Error('the answer has no instance')
    return instance
  }

  /** What maintenance awaits each instance. */
  async maintenance(
    identifiers: readonly string[],
    abortSignal: AbortSignal,
  ): Promise<ReadonlyMap<string, Maintenance>> {
    const { rds, commands } = await this.#load()
    const command = new commands.DescribePendingMaintenanceActionsCommand({
      Filters: [{ Name: 'db-instance-id', Values: [...identifiers] }],
    })
    const answer = await this.#count('DescribePendingMaintenanceActions', () =>
      rds.send(command, { abortSignal }),
    )
    const actions = new Map(
      (answer.PendingMaintenanceActions ?? []).map(resource => [
        resource.ResourceIdentifier?.split(':').at(-1) ?? '',
        resource.PendingMaintenanceActionDetails ?? [],
      ]),
    )
    return new Map(identifiers.map(identifier => [identifier, maintenanceOf(actions.get(identifier) ?? [])]))
  }

  async close(): Promise<void> {
    const clients = await this.#clients?.catch(() => undefined)
    clients?.rds.destroy()
    clients?.cloudWatch.destroy()
  }

  #load(): Promise<Clients> {
    this.#clients ??= this.#connect()
    return this.#clients
  }

  async #connect(): Promise<Clients> {
    const [{ CloudWatchClient, GetMetricDataCommand }, rds] = await Promise.all([
      import('@aws-sdk/client-cloudwatch'),
      import('@aws-sdk/client-rds'),
    ])
    const { RDSClient, DescribeDBInstancesCommand, DescribePendingMaintenanceActionsCommand } = rds
    const options = {
      ...(this.#region && { region: this.#region }),
      maxAttempts: ATTEMPTS,
      logger: this.#logger(),
      requestHandler: {
        connectionTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        // Without it a request that takes too long goes on, and the SDK writes to stderr.
        throwOnRequestTimeout: true,
      },
    }
    return {
      cloudWatch: new CloudWatchClient(options),
      rds: new RDSClient(options),
      commands: {
        GetMetricDataCommand,
        DescribeDBInstancesCommand,
        DescribePendingMaintenanceActionsCommand,
      },
    }
  }

  /** The SDK logs whole requests as information and errors; only its warnings are advice. */
  #logger() {
    const drop = () => undefined
    const warn = (said: unknown) => this.#warn(`${said}`.trim().replace(/\s+/g, ' ').slice(0, 500))
    return { trace: drop, debug: drop, info: drop, warn, error: drop }
  }

  async #count<T extends { readonly $metadata: { readonly attempts?: number | undefined } }>(
    api: Api,
    send: () => Promise<T>,
  ): Promise<T> {
    try {
      const answer = await send()
      this.#calls[api] += answer.$metadata.attempts ?? 1
      return answer
    } catch (error) {
      const { $metadata } = error as { readonly $metadata?: { readonly attempts?: number } }
      this.#calls[api] += $metadata?.attempts ?? 1
      this.#errors[api] += 1
      throw error
    }
  }
}
