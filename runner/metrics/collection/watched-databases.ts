import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { Connection } from '../../postgres/connect.ts'
import { type Collector, WATCHED_DATABASES } from '../collector.ts'
import type { Session } from './session.ts'
import { TierCache } from './tier-cache.ts'

/** One database, how it is reached, and what is remembered of it from one scrape to the next. */
export interface WatchedDatabase {
  readonly name: string
  readonly collectors: readonly Collector[]
  /** For the fast tier. */
  readonly session: Session
  /** For the other tiers, so that nothing of the fast one waits for them; may be the same. */
  readonly background: Session
  readonly cache: TierCache
  /** When each collector last succeeded, as Unix time. */
  readonly succeededAt: Map<string, number>
}

/** As the only name of a list: every database of the server that the role may connect to. */
const AUTO = 'auto'
/** How many databases `auto` watches at the most: each is a session that the server holds for us. */
const AUTO_MOST = 10

/** How many databases this wish can come to, with the one of the URL, whichever that is. */
export function mostDatabases(wish: readonly string[] = []): number {
  return isAuto(wish) ? AUTO_MOST : 1 + new Set(wish).size
}

const isAuto = (wish: readonly string[]) => wish.length === 1 && wish[0] === AUTO

export interface WatchOptions {
  /** Of the database of the URL. */
  readonly session: Session
  readonly collectors: readonly Collector[]
  /** Further ones, by name, or `auto` alone. */
  readonly wish: readonly string[]
  readonly clock: Clock
  readonly log: Logger
}

/** The databases one exporter watches: that of the URL with everything, others with what is of a database. */
export class WatchedDatabases {
  readonly main: WatchedDatabase
  readonly #options: WatchOptions
  readonly #further = new Map<string, WatchedDatabase>()
  #leftOut: readonly string[] = []
  #closed = false

  constructor(options: WatchOptions) {
    const { session, collectors } = options
    this.#options = options
    this.main = this.#watch(session, session.sibling(), collectors)
  }

  get further(): readonly WatchedDatabase[] {
    return [...this.#further.values()]
  }

  /** How many of those asked for are not watched. */
  get leftOut(): number {
    return this.#leftOut.length
  }

  /**
   * Begins to watch what is there now, and ends the sessions of what is gone. One short row a database.
   * @param mainOid the database that `connection` is in, whatever the URL calls it
   */
  async follow(connection: Connection, mainOid: string): Promise<void> {
    const { wish, session, collectors } = this.#options
    if (wish.length === 0) return
    const rows = await connection.rows<Row>(SQL)
    if (this.#closed) return
    const { names, leftOut } = choose(wish, rows, [this.main.name, mainOid])
    for (const [name, { session }] of this.#further)
      if (!names.includes(name)) {
        this.#further.delete(name)
        await session.close()
      }
    const ofDatabases = collectors.filter(({ scope }) => scope === 'database')
    for (const name of names) {
      if (this.#further.has(name)) continue
      const own = session.sibling(name)
      this.#further.set(name, this.#watch(own, own, ofDatabases))
    }
    this.#tell(leftOut)
  }

  async close(): Promise<void> {
    this.#closed = true
    const all = [this.main, ...this.further].flatMap(({ session, background }) => [session, background])
    await Promise.all([...new Set(all)].map(session => session.close()))
  }

  /** Collectors that remember do so for each database. */
  #watch(session: Session, background: Session, collectors: readonly Collector[]): WatchedDatabase {
    return {
      name: session.target.database,
      collectors: collectors.map(collector => collector.begin?.() ?? collector),
      session,
      background,
      cache: new TierCache(this.#options.clock),
      succeededAt: new Map(),
    }
  }

  #tell(leftOut: readonly string[]): void {
    const before = this.#leftOut
    this.#leftOut = leftOut
    if (leftOut.length === 0 || leftOut.every(name => before.includes(name))) return
    this.#options.log.warn(
      'metrics.databases-left-out',
      `not watched: ${leftOut.join(', ')}; auto takes ${AUTO_MOST} databases at the most, and templates never are`,
      { databases: leftOut },
    )
  }
}

interface Row {
  readonly datname: string
  readonly oid: string
  /** A template, or RDS's own. */
  readonly never: boolean
  readonly open: boolean
}

/** The oldest first, so that a new database takes nobody's place. Prisma drops its shadow databases, and could not while we are in. */
const SQL = `SELECT datname, oid::text AS oid, datistemplate OR datname = 'rdsadmin' AS never,
       (${WATCHED_DATABASES}) AND pg_catalog.has_database_privilege(oid, 'CONNECT')
         AND NOT pg_catalog.starts_with(datname, 'prisma_migrate_shadow_db_') AS open
  FROM pg_catalog.pg_database ORDER BY pg_database.oid`

/** A database that is listed by name is watched also while it refuses connections, or is not there: then that is said. */
function choose(
  wish: readonly string[],
  rows: readonly Row[],
  [mainName, mainOid]: readonly [string, string],
): { readonly names: readonly string[]; readonly leftOut: readonly string[] } {
  const others = rows.filter(({ oid, datname }) => oid !== mainOid && datname !== mainName)
  if (isAuto(wish)) {
    const open = others.filter(row => row.open).map(({ datname }) => datname)
    return { names: open.slice(0, AUTO_MOST - 1), leftOut: open.slice(AUTO_MOST - 1) }
  }
  const main = rows.filter(row => !others.includes(row)).map(({ datname }) => datname)
  const never = rows.filter(row => row.never).map(({ datname }) => datname)
  const further = [...new Set(wish)].filter(name => name !== mainName && !main.includes(name))
  return {
    names: further.filter(name => !never.includes(name)),
    leftOut: further.filter(name => never.includes(name)),
  }
}
