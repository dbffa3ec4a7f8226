import { lockFacts } from '../../sql/lock-facts.ts'
import type { Step } from '../plan/plan.ts'
import type { ClassifiedStatement } from '../plan/script.ts'
import type { MigrationLimits } from './lock-policy.ts'
import { limitsOf, type StepContext } from './step-context.ts'

/** A statement that only writes to the catalogue takes milliseconds; in half a minute something else has gone wrong. */
const CATALOGUE_ONLY_MS = 30_000

/** Whether anything is read or rewritten is decided by the text alone here, and differs on no major. */
const MAJOR = 18

/**
 * The bounds of a step: what the head of its file asks for goes before those of the run, and where all it does is write to
 * the catalogue, its statements get no longer than that takes. Where nobody else is, nobody has to be spared.
 */
export function limitsOfStep(
  { limits, meetsOthers }: Pick<StepContext, 'limits' | 'meetsOthers'>,
  step: Step,
): MigrationLimits {
  const { script } = step
  const own = limitsOf(script, limits)
  if (!meetsOthers || script.directives.statementTimeoutMs !== undefined) return own
  const statements = step.scope === 'file' ? script.statements : [step.statement]
  if (!statements.every(writesCatalogueOnly)) return own
  const { statementTimeoutMs: given } = own
  return { ...own, statementTimeoutMs: given === 0 ? CATALOGUE_ONLY_MS : Math.min(given, CATALOGUE_ONLY_MS) }
}

/** Statements that read or write rows, run code, or take files away, whatever their locks. */
const NOT_BRIEF: readonly string[] = [
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CopyStmt',
  'DoStmt',
  'CallStmt',
  'ExecuteStmt',
  'CreateTableAsStmt',
  'RefreshMatViewStmt',
  'CreateExtensionStmt',
  'DropStmt',
  'TruncateStmt',
  'AlterExtensionStmt',
  'VacuumStmt',
  'ClusterStmt',
  'ReindexStmt',
]

function writesCatalogueOnly({ node }: Pick<ClassifiedStatement, 'node'>): boolean {
  if (NOT_BRIEF.includes(Object.keys(node)[0] ?? '')) return false
  return lockFacts({ node }, MAJOR).every(
    ({ mode, rewrite, scan }) => mode !== 'unknown' && rewrite === 'no' && scan === 'no',
  )
}
