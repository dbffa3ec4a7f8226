import { readStepDurations, type StepDuration } from '../../ledger/step-durations.ts'
import type { Connection } from '../../postgres/connect.ts'
import { type RelationFacts, type RelationSize, readRelationFacts } from '../../postgres/relation-facts.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import { lockFacts } from '../../sql/lock-facts.ts'
import type { LockFact } from '../../sql/locks/lock-fact.ts'
import { namedRelations } from '../../sql/locks/named-relations.ts'
import { afterStatement } from '../../sql/locks/plan-changes.ts'
import { findRelation, relationKey, type TableFacts } from '../../sql/locks/table-facts.ts'
import { type Statement, summarize } from '../../sql/parse.ts'
import type { DeployOptions } from '../deploy.ts'
import type { LiveChecks } from '../gates/live-gates.ts'
import { openWriter } from '../history/inspect.ts'
import type { HookEvent } from '../hooks/hook-files.ts'
import { type Comparable, findComparable } from './comparable-steps.ts'
import type { Step } from './plan.ts'
import { type PlannedRun, planRun } from './plan-run.ts'

/** A lock together with how big the relation is now. */
export interface SizedLock extends LockFact {
  /** `undefined`: not in the database yet, or not known. */
  readonly size: RelationSize | undefined
}

export interface DescribedStatement {
  /** Line of its first character in its file. */
  readonly line: number
  readonly summary: string
  /** How long statements like it took before. */
  readonly comparable: Comparable | undefined
  readonly locks: readonly SizedLock[]
}

/** A step of the plan with what its statements do to the tables there are. */
export interface DescribedStep {
  readonly migration: string
  readonly file: string
  readonly line: number
  /** `file`: one transaction for all its statements; `statement`: one for this; `alone`: outside any. */
  readonly transaction: 'file' | 'statement' | 'alone'
  readonly summary: string
  readonly statements: readonly DescribedStatement[]
}

export interface DescribedPlan {
  /** Migrations on disk. */
  readonly total: number
  readonly steps: readonly DescribedStep[]
  /** All in one transaction, after the migrations. */
  readonly repeatables: readonly {
    readonly file: string
    readonly statements: readonly DescribedStatement[]
  }[]
  /** In the order of their names. */
  readonly hooks: readonly PlannedHook[]
  /** As `deploy` found the live database. */
  readonly live: LiveChecks
}

/** A hook that would run, those of migrations once for each. */
export interface PlannedHook {
  readonly event: HookEvent
  readonly hook: string
  readonly kind: 'sql' | 'program'
}

/**
 * What deploy would do, and what that means for the database as it is. Changes nothing, and waits for no lock but briefly.
 * @throws HowdahError all that deploy refuses before its first statement
 */
export async function planMigrations(options: DeployOptions): Promise<DescribedPlan> {
  await using connection = await openWriter(options, 'migrate plan')
  const planned = await planRun(connection, options)
  const scripts = [
    ...planned.plan.migrations.flatMap(({ steps }) => steps.map(statementsOf)),
    ...planned.repeatables.changed.map(({ script }) => script.statements),
  ]
  return describePlan(planned, await readLiveFacts(connection, scripts.flat()))
}

/** What a plan is described by. */
export interface LiveFacts {
  readonly major: number
  readonly relations: RelationFacts
  readonly durations: readonly StepDuration[]
}

/** What the database says about everything some statements name. */
export async function readLiveFacts(
  connection: Connection,
  statements: readonly Statement[],
): Promise<LiveFacts> {
  const { major } = await readServerFacts(connection)
  const names = namedRelations(statements)
  const relations = await readRelationFacts(connection, names, [connection.target.schema])
  return { major, relations, durations: await readStepDurations(connection) }
}

/** Walks through the plan in its order, so that each statement meets the tables as those before it leave them. Pure. */
export function describePlan(
  { plan, repeatables, plannedHooks, live, total }: Omit<PlannedRun, 'comparison'>,
  { major, relations, durations }: LiveFacts,
): DescribedPlan {
  let known = relations.known
  // Each migration starts from a fresh session: a setting of an earlier file does not reach it.
  const freshSession = () => {
    const { searchPath, timeZoneIsUtc } = relations.known
    known = { ...known, searchPath, timeZoneIsUtc }
  }
  const describe = (statement: Statement): DescribedStatement => {
    const locks = lockFacts(statement, major, known).map(each => withSize(each, known, relations))
    known = afterStatement(known, statement)
    const summary = summarize(statement)
    return { line: statement.line, summary, comparable: findComparable(summary, durations), locks }
  }
  const steps = plan.migrations.flatMap(migration => {
    freshSession()
    return migration.steps.map((step): DescribedStep => {
      const statements = statementsOf(step).map(describe)
      return {
        migration: migration.name,
        file: step.script.file,
        line: statements[0]?.line ?? 1,
        transaction: step.scope === 'file' ? 'file' : step.alone ? 'alone' : 'statement',
        summary: step.summary,
        statements,
      }
    })
  })
  freshSession()
  const again = repeatables.changed.map(({ name, script }) => ({
    file: name,
    statements: script.statements.map(describe),
  }))
  const hooks = plannedHooks.map(({ event, name, kind }) => ({ event, hook: name, kind }))
  return { total, steps, repeatables: again, hooks, live }
}

export function statementsOf(step: Step): readonly Statement[] {
  return step.scope === 'file' ? step.script.statements : [step.statement]
}

function withSize(lock: LockFact, known: TableFacts, { sizes }: RelationFacts): SizedLock {
  const relation = lock.relation && findRelation(known, lock.relation)
  const size = relation && !relation.isNew ? sizes.get(relationKey(relation)) : undefined
  const place = relation ? { schema: relation.schema, name: relation.name } : lock.relation
  return { ...lock, relation: place, size }
}
