import type { IncomingMessage } from 'node:http'

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** What the browser may load for it; absent: nothing. */
  readonly contentSecurityPolicy?: string
}

/** Answers a GET of one path. */
export type Route = (request: IncomingMessage) => Promise<Answer>
