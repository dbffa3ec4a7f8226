import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { messageOf } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import { isMissing, isPassing } from './aws-problem.ts'
import { clientOptions } from './ecs-requests.ts'
import type { LogPlace } from './task-template.ts'

/** The log of a container, as it comes. What cannot be read is said once; it never ends the watch over the task. */
export class LogStream {
  readonly #client: CloudWatchLogsClient
  readonly #commands: Pick<typeof import('@aws-sdk/client-cloudwatch-logs'), 'GetLogEventsCommand'>
  readonly #address: { readonly logGroupName: string; readonly logStreamName: string }
  readonly #log: Logger
  readonly #take: (message: string) => void
  #token: string | undefined
  #readable = true

  private constructor(
    sdk: typeof import('@aws-sdk/client-cloudwatch-logs'),
    place: LogPlace,
    streamName: string,
    log: Logger,
    take: (message: string) => void,
  ) {
    this.#client = new sdk.CloudWatchLogsClient(clientOptions(place.region, log))
    this.#commands = sdk
    this.#address = { logGroupName: place.group, logStreamName: streamName }
    this.#log = log
    this.#take = take
  }

  /** @param take is given each line in its order */
  static async open(
    place: LogPlace,
    streamName: string,
    log: Logger,
    take: (message: string) => void,
  ): Promise<LogStream> {
    return new LogStream(await import('@aws-sdk/client-cloudwatch-logs'), place, streamName, log, take)
  }

  /** Hands over what has come since the last time. @returns how many lines; none also where the log cannot be read */
  async read(): Promise<number> {
    let lines = 0
    while (this.#readable) {
      const answer = await this.#page()
      if (!answer) break
      for (const { message = '' } of answer.events ?? []) this.#take(message)
      lines += answer.events?.length ?? 0
      const atEnd = answer.nextForwardToken === undefined || answer.nextForwardToken === this.#token
      this.#token = answer.nextForwardToken ?? this.#token
      if (atEnd) break
    }
    return lines
  }

  close(): void {
    this.#client.destroy()
  }

  async #page() {
    const nextToken = this.#token
    const input = { ...this.#address, startFromHead: true, ...(nextToken && { nextToken }) }
    try {
      return await this.#client.send(new this.#commands.GetLogEventsCommand(input))
    } catch (error) {
      // The stream begins to exist with the container's first line.
      if (isMissing(error)) return undefined
      if (!isPassing(error)) this.#readable = false
      this.#log.warn(
        'ecs.log-unreadable',
        `the log of the task cannot be read${this.#readable ? ' now' : ''}: ${messageOf(error)}`,
        {
          group: this.#address.logGroupName,
          stream: this.#address.logStreamName,
          action: 'logs:GetLogEvents',
        },
      )
      return undefined
    }
  }
}
