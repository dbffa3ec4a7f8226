import { HowdahError } from '../../core/errors.ts'
import type { StepFile } from '../../ledger/steps.ts'
import { classify, type StatementClass } from '../../sql/classify.ts'
import { parseScript, type Statement } from '../../sql/parse.ts'
import { excerptAt, positionAt } from '../../sql/position.ts'
import { type Directives, readDirectives } from './directives.ts'

/** One file of a migration, or a repeatable, read by Postgres' grammar. */
export interface Script<F extends string = StepFile> {
  readonly migration: string
  readonly file: F
  readonly text: string
  readonly statements: readonly ClassifiedStatement[]
  /** BEGIN and COMMIT around parts of it that are in one transaction anyway. */
  readonly leftOut: readonly Statement[]
  /** What the head of the file asks for. */
  readonly directives: Directives
}

export interface ClassifiedStatement extends Statement {
  readonly kind: StatementClass
}

/** `20240101000000_init/extra.sql:12:5`: where an offset of a script lies, as editors and terminals link it. */
export function locate(script: Pick<Script<string>, 'migration' | 'file' | 'text'>, offset: number): string {
  const { line, column } = positionAt(script.text, offset)
  return `${script.migration}/${script.file}:${line}:${column}`
}

/**
 * Reads a script and refuses what cannot be run safely, before anything is sent to a server.
 * @throws HowdahError migration-sql-invalid, statement-unsupported
 */
export async function readScript<F extends string>(
  migration: string,
  file: F,
  text: string,
): Promise<Script<F>> {
  const place = { migration, file, text }
  const parsed = await parseScript(text)
  if (!parsed.ok) {
    const location = locate(place, parsed.offset)
    throw new HowdahError(
      'migration-sql-invalid',
      { location, reason: parsed.reason },
      { excerpt: excerptAt(text, parsed.offset) },
    )
  }
  const statements = parsed.statements.map(statement => ({ ...statement, kind: classify(statement) }))
  const firstStatement = statements[0]?.start ?? text.length
  const directives = readDirectives(text, firstStatement, offset => locate(place, offset), file)
  const mayShare = file === 'migration.sql' || file === 'down.sql'
  const kept = mayShare ? withoutTransactions(statements, directives) : statements
  const leftOut =
    kept === statements ? [] : statements.filter(({ kind }) => kind.kind === 'transaction-control')
  const script: Script<F> = { ...place, directives, statements: kept, leftOut }
  for (const statement of script.statements) refuseUnsupported(script, statement)
  return script
}

/**
 * `BEGIN` … `COMMIT` around a file, or around a part of it as Prisma writes them where an enum loses a value, asks for less
 * than what the file gets anyway, so the pairs are left out. Where something refuses a transaction, or statements are to go one
 * by one, they stay, and are refused: the file contradicts itself.
 */
function withoutTransactions(
  statements: readonly ClassifiedStatement[],
  { transaction }: Directives,
): readonly ClassifiedStatement[] {
  const controls = statements.filter(({ kind }) => kind.kind === 'transaction-control')
  const isPaired = controls.length % 2 === 0 && controls.every((each, index) => isPart(each, index % 2 === 0))
  if (controls.length === 0 || !isPaired || (transaction ?? 'file') !== 'file') return statements
  const others = statements.filter(({ kind }) => kind.kind !== 'transaction-control')
  return fitsOneTransaction(others) ? others : statements
}

/** `BEGIN` without options, or `COMMIT`. */
function isPart({ node, kind }: ClassifiedStatement, begins: boolean): boolean {
  if (kind.kind !== 'transaction-control' || !('TransactionStmt' in node)) return false
  const { options = [], chain } = node.TransactionStmt
  if (options.length > 0 || chain) return false
  return begins ? kind.what === 'BEGIN' || kind.what === 'START TRANSACTION' : kind.what === 'COMMIT'
}

function refuseUnsupported(
  place: Pick<Script<string>, 'migration' | 'file' | 'text' | 'directives'>,
  { kind, start }: ClassifiedStatement,
): void {
  const refuse = (statement: string, reason: string, instead: string) => {
    const location = locate(place, start)
    return new HowdahError(
      'statement-unsupported',
      { location, statement, reason, instead },
      { excerpt: excerptAt(place.text, start) },
    )
  }
  switch (kind.kind) {
    case 'unsupported':
      if (kind.byHand && place.directives.transaction === 'none') return
      throw refuse(kind.what, kind.reason, kind.instead)
    case 'transaction-control': {
      const reason = 'would end the transaction the runner keeps its record in'
      throw refuse(
        kind.what,
        reason,
        'leave it out: a file runs in one transaction where all of it can; or split the file.',
      )
    }
    case 'index-build': {
      if (kind.index !== undefined) return
      const reason =
        'has no name for the index, so a retry could not find what an interrupted build left behind'
      throw refuse(
        'CREATE INDEX CONCURRENTLY',
        reason,
        `give it a name: CREATE INDEX CONCURRENTLY ${kind.table.name}_…_idx ON ….`,
      )
    }
    default:
      return
  }
}

/** Whether statements can run in one transaction together. */
export function fitsOneTransaction(statements: readonly ClassifiedStatement[]): boolean {
  return !statements.some(({ kind }) => isAlone(kind)) && !usesNewEnumValue(statements)
}

/** Statements Postgres refuses inside a transaction block (25001). */
export function isAlone(kind: StatementClass): boolean {
  return kind.kind === 'index-build' || kind.kind === 'index-drop' || kind.kind === 'repeatable-alone'
}

/** Procedures and DO blocks may commit on their way, where they are run outside a transaction. */
export function mayCommit({ node }: Pick<Statement, 'node'>): boolean {
  return 'CallStmt' in node || 'DoStmt' in node
}

/**
 * A label added to an enum cannot be used before the transaction that added it has committed (55P04).
 * A later statement that mentions the label as a string counts as a use; being wrong costs atomicity of one file, and
 * the plan says so before it runs.
 */
function usesNewEnumValue(statements: readonly ClassifiedStatement[]): boolean {
  return statements.some(({ kind }, index) => {
    if (kind.kind !== 'enum-value') return false
    const literal = `'${kind.label.replaceAll("'", "''")}'`
    return statements.slice(index + 1).some(later => later.text.includes(literal))
  })
}
