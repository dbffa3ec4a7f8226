import type { Clock } from '../core/clock.ts'
import type { HowdahError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { Connection, ConnectOptions } from '../postgres/connect.ts'
import type { ServerFacts } from '../postgres/server-facts.ts'
import type { Finding } from './finding.ts'

/** The admin consoles of the poolers there are. */
export interface Consoles {
  readonly poolerAdminUrls: readonly Secret[]
  readonly connectTimeoutMs: number
}

/** A database that answered. */
export interface Situation extends Consoles {
  readonly connection: Connection
  readonly facts: ServerFacts
  /** How long it took to connect, in milliseconds. */
  readonly connectMs: number
  /** The other address, where the application goes through a pooler; absent when both are the same. */
  readonly application: ConnectOptions | undefined
  readonly clock: Clock
}

/** What the doctor knows before any check: a database that answered, or why it did not. */
export type Arrival =
  | ({ readonly failure: undefined } & Situation)
  | ({ readonly failure: HowdahError; readonly clock: Clock } & Consoles)

/**
 * One check: a question to the world and findings as its answer. Those that need a connection run in a read-only
 * transaction of their own, bounded in time; without a connection their finding is `unknown`.
 */
export type Check = { readonly key: string } & (
  | { readonly needs: 'nothing'; readonly examine: (arrival: Arrival) => Promise<readonly Finding[]> }
  | { readonly needs: 'connection'; readonly examine: (situation: Situation) => Promise<readonly Finding[]> }
)
