import type { RelationName } from '../../sql/classify.ts'
import { dataLosses } from '../../sql/data-loss.ts'
import { nameParts, qualified, relationOf, strings } from '../../sql/locks/parse-tree.ts'
import { type ColumnType, typeOf } from '../../sql/locks/type-change.ts'
import { type DataLoss, loss, shownName } from '../../sql/losses/loss.ts'
import type { Script } from '../plan/script.ts'

export type Grade = 'lossless' | 'lossy' | 'impossible'

/** Data that is gone after a rollback. */
export interface RollbackLoss extends DataLoss {
  /** `migration`: its own statements destroyed it, and going back brings none of it back. */
  readonly by: 'rollback' | 'migration'
  readonly file: string
  /** Line of the statement in its file. */
  readonly line: number
}

export interface GradedRollback {
  readonly grade: Grade
  readonly losses: readonly RollbackLoss[]
  /** Why there is no way back. */
  readonly reason?: string
}

/**
 * What undoing a migration costs, by the texts alone.
 * @param up its `migration.sql` and `extra.sql`
 */
export function gradeRollback(down: Script | undefined, up: readonly Script[]): GradedRollback {
  if (!down) return { grade: 'impossible', losses: [], reason: 'it has no down.sql' }
  const { irreversible } = down.directives
  if (irreversible !== undefined)
    return { grade: 'impossible', losses: [], reason: `its down.sql says irreversible=${irreversible}` }
  const losses = [
    ...lossesOf([down], 'rollback', typesGivenBy(up)),
    ...labelsAddedBy(up),
    ...lossesOf(up, 'migration', typesGivenBy([down])),
  ]
  return { grade: losses.length > 0 ? 'lossy' : 'lossless', losses }
}

/** @param types what the other direction makes of a column: the type this one finds */
function lossesOf(
  scripts: readonly Script[],
  by: RollbackLoss['by'],
  types: ReadonlyMap<string, ColumnType>,
): RollbackLoss[] {
  const own = new Set<string>()
  const context = {
    isOwn: (relation: RelationName) => own.has(key(relation)),
    typeBefore: (relation: RelationName, column: string) => types.get(key(relation, column)),
  }
  return scripts.flatMap(({ file, statements }) =>
    statements.flatMap(statement => {
      const found = dataLosses(statement, context).map(each => ({ ...each, by, file, line: statement.line }))
      const made = madeBy(statement)
      if (made) own.add(key(made))
      return found
    }),
  )
}

/** The table a statement makes; one that may have been there before is nobody's. */
function madeBy({ node }: Script['statements'][number]): RelationName | undefined {
  if ('CreateStmt' in node && !node.CreateStmt.if_not_exists) return relationOf(node.CreateStmt.relation)
  if ('CreateTableAsStmt' in node && !node.CreateTableAsStmt.if_not_exists)
    return relationOf(node.CreateTableAsStmt.into?.rel)
  return undefined
}

function typesGivenBy(scripts: readonly Script[]): ReadonlyMap<string, ColumnType> {
  const types = new Map<string, ColumnType>()
  for (const { node } of scripts.flatMap(({ statements }) => statements)) {
    if (!('AlterTableStmt' in node)) continue
    const table = relationOf(node.AlterTableStmt.relation)
    for (const command of node.AlterTableStmt.cmds ?? []) {
      if (!('AlterTableCmd' in command) || command.AlterTableCmd.subtype !== 'AT_AlterColumnType') continue
      const { name = '', def } = command.AlterTableCmd
      if (def && 'ColumnDef' in def) types.set(key(table, name), typeOf(def.ColumnDef.typeName))
    }
  }
  return types
}

/** A label added to an enum that was there: to be back where it was, the type has to be made anew without it. */
function labelsAddedBy(up: readonly Script[]): RollbackLoss[] {
  const made = new Set<string>()
  return up.flatMap(({ file, statements }) =>
    statements.flatMap(({ node, line }): RollbackLoss[] => {
      if ('CreateEnumStmt' in node) made.add(key(qualified(strings(node.CreateEnumStmt.typeName))))
      if (!('AlterEnumStmt' in node) || !node.AlterEnumStmt.newVal || node.AlterEnumStmt.oldVal) return []
      const type = qualified(node.AlterEnumStmt.typeName?.flatMap(nameParts) ?? [])
      if (made.has(key(type))) return []
      const label = `${shownName(type)} '${node.AlterEnumStmt.newVal}'`
      const reason = 'rows that hold it lose it, or stop the rollback'
      return [{ ...loss('enum value', label, reason), by: 'rollback', file, line }]
    }),
  )
}

/** As written: the same table named in two ways counts as two, which errs towards a loss. */
const key = ({ schema, name }: RelationName, column = '') => JSON.stringify([schema, name, column])
