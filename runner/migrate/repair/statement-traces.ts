import type { Node } from 'libpg-query'

/**
 * What the catalogue can tell of a statement. Each answer is a list of what is known to be so; anything else counts as
 * not known, and whoever asks has to leave it to a person.
 */

type Tree = Readonly<Record<string, unknown>>

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

function kindOf(node: Node): { kind: string; body: Tree } {
  const [kind = '', body = {}] = Object.entries(node)[0] ?? []
  return { kind, body: body as Tree }
}

/** Whether anything in a parse tree has one of these keys. */
function mentionsKey(value: unknown, keys: readonly string[]): boolean {
  if (!isTree(value)) return false
  return Object.entries(value).some(([key, child]) => keys.includes(key) || mentionsKey(child, keys))
}

/** Sets something for the rest of the session, and nothing else: `SET`, `SELECT set_config(…)`. */
export function isSessionSetting(node: Node): boolean {
  const { kind, body } = kindOf(node)
  return kind === 'VariableSetStmt' || (kind === 'SelectStmt' && isQuiet(body) && callsOnlySetConfig(body))
}

function callsOnlySetConfig(select: Tree): boolean {
  const calls = functionNames(select)
  return calls.length > 0 && calls.every(name => name === 'set_config')
}

/** Makes something that ends with the session, which a later statement of the file may need. */
export function needsItsSession(node: Node): boolean {
  const { kind } = kindOf(node)
  return (
    kind === 'PrepareStmt' || kind === 'DeclareCursorStmt' || hasValue(node, 'relpersistence', 't') || false
  )
}

function hasValue(value: unknown, key: string, wanted: unknown): boolean {
  if (!isTree(value)) return false
  return Object.entries(value).some(
    ([name, child]) => (name === key && child === wanted) || hasValue(child, key, wanted),
  )
}

function functionNames(value: unknown): string[] {
  if (!isTree(value)) return []
  return Object.entries(value).flatMap(([key, child]) => {
    if (key !== 'FuncCall') return functionNames(child)
    const names = (child as { funcname?: { String?: { sval?: string } }[] }).funcname ?? []
    return [names.at(-1)?.String?.sval ?? '', ...functionNames(child)]
  })
}

/** A SELECT that reads no relation, locks none and makes none. */
function isQuiet(select: Tree): boolean {
  return !mentionsKey(select, ['fromClause', 'intoClause', 'lockingClause', 'withClause'])
}

const REPEATABLE: ReadonlySet<string> = new Set([
  'VariableSetStmt',
  'VariableShowStmt',
  'CommentStmt',
  'VacuumStmt',
  'ReindexStmt',
  'GrantStmt',
  'AlterOwnerStmt',
  'LockStmt',
])

/** Whether running it once more gives what it gave: then nothing depends on whether it has run. */
export function mayRunAgain(node: Node): boolean {
  const { kind, body } = kindOf(node)
  if (REPEATABLE.has(kind)) return true
  if (kind === 'SelectStmt')
    return isQuiet(body) && (functionNames(body).length === 0 || callsOnlySetConfig(body))
  if (body.if_not_exists === true || body.missing_ok === true)
    return kind !== 'AlterTableStmt' && kind !== 'CreateTableAsStmt'
  return (kind === 'ViewStmt' || kind === 'CreateFunctionStmt') && body.replace === true
}

/** Definitions the catalogue shows all of. */
const SHOWN: ReadonlySet<string> = new Set([
  'CreateStmt',
  'IndexStmt',
  'DropStmt',
  'RenameStmt',
  'CreateEnumStmt',
  'AlterEnumStmt',
  'CreateSchemaStmt',
  'CreateSeqStmt',
  'CreateDomainStmt',
  'AlterDomainStmt',
  'CompositeTypeStmt',
  'CreateRangeStmt',
  'ViewStmt',
  'CreateFunctionStmt',
  'CreateTrigStmt',
  'CreatePolicyStmt',
  'AlterPolicyStmt',
  'CreateStatsStmt',
  'RuleStmt',
  'GrantStmt',
])

/** Parts of an ALTER TABLE that change no row and are shown. */
const SHOWN_PARTS: ReadonlySet<unknown> = new Set([
  'AT_AddColumn',
  'AT_DropColumn',
  'AT_ColumnDefault',
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_AddConstraint',
  'AT_ValidateConstraint',
  'AT_DropConstraint',
  'AT_AlterColumnType',
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
  'AT_EnableTrig',
  'AT_DisableTrig',
  'AT_ReplicaIdentity',
  'AT_AddIdentity',
  'AT_DropIdentity',
  'AT_AttachPartition',
  'AT_DetachPartition',
])

/** Whether the catalogue shows the whole effect: rows, owners and comments are not in it. */
export function isShownByCatalogue(node: Node): boolean {
  const { kind, body } = kindOf(node)
  if (kind === 'AlterTableStmt') return ((body.cmds as Node[] | undefined) ?? []).every(isShownPart)
  return (SHOWN.has(kind) && !needsItsSession(node)) || isSessionSetting(node)
}

function isShownPart(command: Node): boolean {
  const { body } = kindOf(command)
  // USING computes the rows anew; what it computed is not in the catalogue.
  const computes = body.subtype === 'AT_AlterColumnType' && mentionsKey(body.def, ['raw_default'])
  return SHOWN_PARTS.has(body.subtype) && !computes
}

/** Whether it may take something away without naming it: code that runs whatever it likes, and CASCADE. */
export function mayTakeAwayUnnamed(node: Node): boolean {
  const { kind, body } = kindOf(node)
  if (kind === 'DoStmt' || kind === 'CallStmt' || kind === 'DropOwnedStmt' || kind === 'ExecuteStmt')
    return true
  return (kind === 'SelectStmt' && !mayRunAgain(node)) || hasValue(body, 'behavior', 'DROP_CASCADE')
}
