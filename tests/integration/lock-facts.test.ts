import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../runner/core/secret.ts'
import { type Connection, connect } from '../../runner/postgres/connect.ts'
import { readRelationFacts } from '../../runner/postgres/relation-facts.ts'
import { lockFacts } from '../../runner/sql/lock-facts.ts'
import type { LockFact } from '../../runner/sql/locks/lock-fact.ts'
import { namedRelations } from '../../runner/sql/locks/named-relations.ts'
import { afterStatement } from '../../runner/sql/locks/plan-changes.ts'
import { parseScript } from '../../runner/sql/parse.ts'
import { createDatabase, execute, MAJORS, type TestDatabase } from '../harness/postgres.ts'
import { ALONE, CASES } from './lock-facts-cases.ts'
import { SCHEMA } from './lock-facts-schema.ts'

/*
 * The prediction against real servers. Where they differ from what is usually written (and from our first notes):
 * - ALTER COLUMN TYPE locks the other table of every foreign key on the column, from it or to it, ACCESS EXCLUSIVE, NOT VALID
 *   ones included; a rewrite makes it check the valid ones again.
 * - A type change that rewrites nothing still reads the table where a CHECK, an expression index or a predicate uses the
 *   column, or where its collation changes and it is indexed.
 * - DROP COLUMN with a foreign key on it: ACCESS EXCLUSIVE on the table it refers to, as DROP CONSTRAINT.
 * - REINDEX: SHARE on the table, but readers wait all the same, since they open the index that is locked.
 * - DETACH PARTITION takes ACCESS EXCLUSIVE on the default partition as well; PARTITION OF reads it.
 * - Both take SHARE ROW EXCLUSIVE or more on the tables that the parent's foreign keys refer to.
 * - REFRESH MATERIALIZED VIEW reads the new view once more for its indexes.
 * - VACUUM asks for ACCESS SHARE before the lock it works under.
 */

/** What a server did to one table while a statement's transaction was open. */
interface Measured {
  readonly mode: string
  readonly blocks: string
  readonly rewrite: string
  readonly scan: string
}

const TABLES = `SELECT c.oid, c.relname AS name, c.relkind AS kind FROM pg_class c
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')`

/** The strongest of the locks that a session holds or waits for on each relation. */
const LOCKS = `
  SELECT l.relation AS oid, (array_agg(l.mode ORDER BY array_position(ARRAY['AccessShareLock', 'RowShareLock', 'RowExclusiveLock',
           'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], l.mode) DESC))[1] AS mode
    FROM pg_locks l WHERE l.pid = $1 AND l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   GROUP BY 1`

/** File and number of scans of a table in the transaction so far, those of its indexes included; takes no lock on it. */
const WORK = `
  SELECT o.oid, pg_relation_filenode(o.oid) AS file,
         pg_stat_get_xact_numscans(o.oid) + coalesce((SELECT sum(pg_stat_get_xact_numscans(indexrelid)) FROM pg_index
                                                       WHERE indrelid = o.oid), 0) AS scans
    FROM unnest($1::oid[]) AS o(oid)`

describe.each(MAJORS)('on Postgres %i', major => {
  let db: TestDatabase
  let actor: Client
  let watcher: Client
  let prober: Client
  let reader: Connection
  let actorPid: number
  let tables: { oid: number; name: string; kind: string }[]

  const open = async () => {
    const client = new Client(db.url)
    await client.connect()
    return client
  }

  beforeAll(async () => {
    db = await createDatabase({ major })
    await execute(db.url, SCHEMA)
    actor = await open()
    watcher = await open()
    prober = await open()
    await prober.query("SET lock_timeout = '10ms'")
    reader = await connect({
      url: new Secret(db.url),
      setting: 'test',
      applicationName: 'test',
      connectTimeoutMs: 10_000,
    })
    actorPid = (await actor.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    tables = (await watcher.query(TABLES)).rows
  })

  afterAll(async () => {
    await Promise.all([actor.end(), watcher.end(), prober.end(), reader.close()])
    await db[Symbol.asyncDispose]()
  })

  const predict = async (statements: readonly string[]): Promise<LockFact[]> => {
    const parsed = await parseScript(statements.join(';\n'))
    if (!parsed.ok) throw new Error(parsed.reason)
    const names = namedRelations(parsed.statements)
    let { known } = await readRelationFacts(reader, names, ['public'])
    for (const earlier of parsed.statements.slice(0, -1)) known = afterStatement(known, earlier)
    const last = parsed.statements.at(-1)
    return last ? lockFacts(last, major, known) : []
  }

  const isBlocked = async (probe: string): Promise<boolean> => {
    try {
      await prober.query(probe)
      return false
    } catch (error) {
      if ((error as { code?: string }).code === '55P03') return true
      throw error
    }
  }

  const blockedFor = async ({ name, kind }: { name: string; kind: string }): Promise<string> => {
    if (await isBlocked(`SELECT FROM ${name} LIMIT 0`)) return 'reads and writes'
    const locked =
      kind === 'm' || kind === 'v'
        ? `LOCK TABLE ${name} IN ROW EXCLUSIVE MODE`
        : `DELETE FROM ${name} WHERE false`
    // A materialized view cannot be written; a refresh of it is what waits. It is left to the lock mode.
    if (kind === 'm') return 'nothing'
    await prober.query('BEGIN')
    const writesBlocked = await isBlocked(locked)
    await prober.query('ROLLBACK')
    return writesBlocked ? 'writes' : 'nothing'
  }

  const work = async () =>
    new Map((await actor.query(WORK, [tables.map(({ oid }) => oid)])).rows.map(row => [row.oid, row]))

  const measure = async (before: readonly string[], sql: string): Promise<Map<string, Measured>> => {
    await actor.query('BEGIN')
    try {
      for (const each of before) await actor.query(each)
      // Locks of what ran before stay; only the statement itself is measured against a clean slate of work.
      const held = new Set((await watcher.query(LOCKS, [actorPid])).rows.map(row => `${row.oid} ${row.mode}`))
      const first = await work()
      await actor.query(sql)
      const then = await work()
      const locks = (await watcher.query(LOCKS, [actorPid])).rows
      const measured = new Map<string, Measured>()
      for (const { oid, mode } of locks) {
        const table = tables.find(each => each.oid === oid)
        if (!table || (before.length > 0 && held.has(`${oid} ${mode}`) && !sql.includes(table.name))) continue
        const [a, b] = [first.get(oid), then.get(oid)]
        measured.set(table.name, {
          mode: mode
            .replace(/Lock$/, '')
            .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
            .toUpperCase(),
          blocks: await blockedFor(table),
          // A table that is gone has no file, which is no rewrite.
          rewrite: b?.file && a?.file !== b.file ? 'yes' : 'no',
          scan: b && Number(b.scans) > Number(a?.scans) ? 'yes' : 'no',
        })
      }
      return measured
    } finally {
      await actor.query('ROLLBACK')
    }
  }

  test.each(CASES.filter(({ since = 0 }) => since <= major))('$sql', async each => {
    const { sql, before = [], open: mayBeOpen = false, swapsFile = false } = each
    const facts = (await predict([...before, sql])).filter(({ isNew }) => !isNew)
    const measured = await measure(before, sql)
    const predicted: Record<string, Measured> = {}
    const seen: Record<string, Measured> = {}
    for (const fact of facts) {
      const name = fact.relation?.name ?? '(unnamed)'
      if (fact.relation && !tables.some(table => table.name === name)) continue
      const real = measured.get(name)
      const settle = (said: string, is: string | undefined) =>
        mayBeOpen && said === 'unknown' ? (is ?? said) : said
      predicted[name] = {
        mode: settle(fact.mode, real?.mode),
        blocks: settle(fact.blocks, real?.blocks),
        rewrite: settle(fact.rewrite, real?.rewrite),
        scan: settle(fact.scan, real?.scan),
      }
    }
    for (const [name, value] of measured) {
      const weak = ['ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE'].includes(value.mode)
      // A weak lock that was not predicted blocks nobody: the other side of a key that is checked, a default's sequence.
      if (weak && !predicted[name]) continue
      seen[name] = swapsFile ? { ...value, rewrite: 'no', scan: 'no' } : value
      const { kind } = tables.find(table => table.name === name) ?? {}
      if (kind === 'm' && predicted[name]) seen[name] = { ...value, blocks: predicted[name].blocks }
    }
    expect(predicted).toEqual(seen)
  })

  test.each(ALONE)('$sql', async ({ sql, table }) => {
    const [fact] = await predict([sql])
    const runner = await open()
    const pid = (await runner.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    await actor.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`)
    const running = runner.query(sql).catch((error: unknown) => error)
    try {
      let mode: string | undefined
      while (mode === undefined) {
        const { rows } = await watcher.query(
          'SELECT mode FROM pg_locks WHERE pid = $1 AND NOT granted AND relation = $2::regclass',
          [pid, table],
        )
        mode = rows[0]?.mode
      }
      expect(fact?.relation?.name).toBe(table)
      expect(fact?.mode.replaceAll(' ', '')).toBe(mode.replace(/Lock$/, '').toUpperCase())
    } finally {
      await watcher.query('SELECT pg_cancel_backend($1)', [pid])
      await running
      await actor.query('ROLLBACK')
      await runner.end()
    }
  })
})
