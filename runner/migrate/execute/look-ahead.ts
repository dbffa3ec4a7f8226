import { escapeIdentifier } from 'pg'
import { describeBlocker, readHolders, readOldSnapshots } from '../../postgres/blockers.ts'
import type { RelationName } from '../../sql/classify.ts'
import { lockFacts } from '../../sql/lock-facts.ts'
import type { Statement } from '../../sql/parse.ts'
import { logEvent } from '../events.ts'
import { type ClassifiedStatement, locate, type Script } from '../plan/script.ts'
import type { StepContext } from './step-context.ts'

/** A transaction that is younger may end while the first attempts wait: the first four take 700 ms. */
const LONG_MS = 1000

/** The newest major: what the text alone says of a lock differs between versions only where it is weak. */
const MAJOR = 18

/**
 * Before the first attempt at a strong lock: says which long transactions hold the tables, so that nobody wonders what a
 * run waits for. It changes nothing; the attempts themselves are bounded either way.
 */
export async function tellHolders(
  { connection, runtime, limits, meetsOthers }: StepContext,
  script: Pick<Script<string>, 'migration' | 'file' | 'text'>,
  statements: readonly Statement[],
): Promise<void> {
  if (!meetsOthers) return
  const { exclusive, againstWriters } = wantedLocks(statements, connection.target.schema)
  if (exclusive.length + againstWriters.length === 0) return
  const wish = { exclusive, againstWriters, olderThanMs: LONG_MS, showQueries: limits.showQueries ?? false }
  const holders = await readHolders(connection, wish)
  for (const holder of holders) {
    const location = locate(script, statements[0]?.start ?? 0)
    const sentence = `${location}: ${holder.relation} is held by ${describeBlocker(holder)}; the lock will be tried for briefly and often`
    const { relation, ...blocker } = holder
    logEvent(runtime.log, 'migration.lock-ahead', sentence, { location, relation, blockers: [blocker] })
  }
}

/**
 * Before a concurrent build or drop: it waits for whoever has written to the table, and for every snapshot that is older than
 * its own, on any table (measured on 15 to 18).
 */
export async function tellOldTransactions(
  { connection, runtime, limits, meetsOthers }: StepContext,
  script: Pick<Script<string>, 'migration' | 'file' | 'text'>,
  { kind, start }: ClassifiedStatement,
): Promise<void> {
  const isIndex = kind.kind === 'index-build' || kind.kind === 'index-drop'
  if (!meetsOthers || !(isIndex || (kind.kind === 'repeatable-alone' && kind.what === 'REINDEX'))) return
  const showQueries = limits.showQueries ?? false
  const names = (relations: readonly RelationName[]) =>
    relations.map(each => regclass(each, connection.target.schema))
  const holders = await readHolders(connection, {
    exclusive: kind.kind === 'index-drop' ? names(kind.indexes) : [],
    againstWriters: kind.kind === 'index-build' ? names([kind.table]) : [],
    olderThanMs: LONG_MS,
    showQueries,
  })
  const snapshots = await readOldSnapshots(connection, LONG_MS, showQueries)
  const byPid = new Map([...snapshots, ...holders].map(each => [each.pid, each]))
  for (const holder of byPid.values()) {
    const location = locate(script, start)
    const sentence = `${location}: will wait until ${describeBlocker(holder)} has ended its transaction`
    logEvent(runtime.log, 'migration.lock-ahead', sentence, { location, relation: null, blockers: [holder] })
  }
}

interface WantedLocks {
  /** Tables nobody else may so much as read meanwhile, as names for `to_regclass`. */
  readonly exclusive: readonly string[]
  /** Tables nobody else may write to meanwhile. */
  readonly againstWriters: readonly string[]
}

/** @param schema where names without one are, as the search path of every migration says */
function wantedLocks(statements: readonly Statement[], schema: string): WantedLocks {
  const facts = statements.flatMap(statement => lockFacts(statement, MAJOR))
  const named = (blocks: string) => [
    ...new Set(
      facts.flatMap(each =>
        each.blocks === blocks && each.relation ? [regclass(each.relation, schema)] : [],
      ),
    ),
  ]
  return { exclusive: named('reads and writes'), againstWriters: named('writes') }
}

function regclass({ schema, name }: RelationName, searchPath: string): string {
  return `${escapeIdentifier(schema ?? searchPath)}.${escapeIdentifier(name)}`
}
