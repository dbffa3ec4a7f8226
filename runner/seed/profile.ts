import type { PoolConfig } from 'pg'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import type { Connection } from '../postgres/connect.ts'
import type { CopyRows } from './copy-rows.ts'
import type { Random } from './random.ts'

/** What the caller of a seed asked for. A profile uses what concerns it. */
export interface SeedOptions {
  /** Rows in total, for profiles that are made to measure; `undefined` leaves it to the profile. */
  readonly rows: number | undefined
  /** The same seed makes the same rows. `undefined` leaves it to the profile, which has a fixed one. */
  readonly randomSeed: number | undefined
  readonly adminEmail: string
  /** Present when it was given explicitly; otherwise a profile that needs one generates it. */
  readonly adminPassword: Secret | undefined
  /** Skip the checks that keep made-up data out of a database with real people in it. */
  readonly force: boolean
}

/** One table as a profile would treat it, or has treated it. */
export interface TableRows {
  readonly table: string
  /** Rows that are (to be) written. */
  readonly made: number
  /** Rows of this profile that were there before. */
  readonly alreadyThere: number
}

/** Takes note of results as they become durable, so that a failure later on does not lose them. */
export interface SeedJournal {
  table(rows: TableRows): void
  /** A sentence for the report: what was left alone, and why. */
  note(sentence: string): void
  /** A password made in this run. It is in the report once, and nowhere else: never pass it to the log. */
  password(account: string, password: Secret): void
}

/** What a profile is given. */
export interface SeedContext {
  readonly options: SeedOptions
  readonly runtime: Runtime
  readonly journal: SeedJournal
  /** For a client with a pool of its own (Prisma's adapter). Whoever makes the pool ends it, on every path. */
  readonly poolConfig: PoolConfig
  /** The schema of the URL; it is first on the search path in `transaction`. */
  readonly schema: string
  /**
   * Runs `body` in a transaction on a session of its own, with bounded waits. An abort cancels the running statement,
   * rolls back and throws its reason.
   */
  transaction<T>(body: (connection: Connection) => Promise<T>): Promise<T>
  /** Streams rows into a table with COPY; see `CopyRows`. */
  copy(connection: Connection, rows: Omit<CopyRows, 'signal'>): Promise<number>
  /** Checks the foreign keys of a table to which `body` adds many rows in one query each; see `keys-at-once.ts`. */
  withKeysCheckedAtOnce<T>(connection: Connection, table: string, body: () => Promise<T>): Promise<T>
  /** A progress line with bar, rate and time left. */
  describeProgress(rows: number, total: number, elapsedMs: number): string
  /** An independent, reproducible stream of random numbers. */
  random(seed: number, stream: string): Random
  /** A bcrypt hash. @throws HowdahError settings-invalid when bcrypt would not read all of the password */
  hashPassword(password: Secret, cost: number): Promise<string>
  verifyPassword(password: Secret, hash: string): Promise<boolean>
  generatePassword(): Secret
}

/** One way to fill a database: the default export of `prisma/<database>/seed/<name>.ts`. */
export interface SeedProfile {
  readonly summary: string
  /** Whether it may run where real people have accounts. Others check before they write. */
  readonly safeInProduction: boolean
  /** Profiles that run before this one. */
  readonly first?: readonly string[]
  /** The options that mean something to it. */
  readonly options: readonly ('rows' | 'randomSeed')[]
  /** Tables it writes; the engine refuses when one is missing. */
  readonly tables: readonly string[]
  /** Looks, changes nothing, and says what `run` would do. @throws HowdahError seed-refused */
  plan(context: SeedContext): Promise<readonly TableRows[]>
  run(context: SeedContext): Promise<void>
}
