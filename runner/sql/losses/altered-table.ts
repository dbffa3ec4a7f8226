import type { AlterTableCmd, AlterTableStmt } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { relationOf } from '../locks/parse-tree.ts'
import { isPlainConversion, typeOf } from '../locks/type-change.ts'
import { type DataLoss, type LossContext, loss, shownName } from './loss.ts'
import { keepsEveryValue } from './widening.ts'

/** What ALTER TABLE destroys, command by command. */
export function alteredTableLosses(
  { relation, cmds, objtype }: AlterTableStmt,
  context: LossContext,
): DataLoss[] {
  const table = relationOf(relation)
  return (cmds ?? []).flatMap(node => {
    if (!('AlterTableCmd' in node)) return []
    const command = node.AlterTableCmd
    // A composite type's attribute goes from every column of that type.
    if (objtype === 'OBJECT_TYPE' && command.subtype !== 'AT_AddColumn')
      return [loss('unknown', shownName(table), 'what columns of this composite type hold in the attribute')]
    return commandLosses(table, command, context)
  })
}

function commandLosses(table: RelationName, command: AlterTableCmd, context: LossContext): DataLoss[] {
  const { subtype = '', name = '', behavior } = command
  switch (subtype) {
    case 'AT_DropColumn': {
      const own: DataLoss = {
        ...loss('column', shownName(table, name), 'its values'),
        relation: table,
        column: name,
      }
      const cascade = loss('unknown', '', `whatever depends on ${own.object} (CASCADE)`)
      return behavior === 'DROP_CASCADE' ? [own, cascade] : [own]
    }
    case 'AT_AlterColumnType':
      return typeLosses(table, command, context)
    case 'AT_DropIdentity':
      return [loss('sequence', shownName(table, name), 'the number its identity has counted to')]
    default:
      if (HARMLESS.has(subtype)) return []
      return [
        {
          ...loss(
            'unknown',
            shownName(table),
            `whatever ${subtype.replace('AT_', '')} does: this version does not know it`,
          ),
          relation: table,
        },
      ]
  }
}

function typeLosses(
  table: RelationName,
  { name = '', def }: AlterTableCmd,
  { typeBefore }: LossContext,
): DataLoss[] {
  if (!def || !('ColumnDef' in def)) return []
  const target = typeOf(def.ColumnDef.typeName)
  const before = typeBefore(table, name)
  const plain = isPlainConversion(name, def.ColumnDef.raw_default, target)
  if (plain && before && keepsEveryValue(before, target)) return []
  const shown = `${target.name}${target.modifiers.length > 0 ? `(${target.modifiers.join(', ')})` : ''}${target.isArray ? '[]' : ''}`
  const reason = plain
    ? `what does not fit ${shown}`
    : `what the conversion to ${shown} (USING) does not keep`
  return [{ ...loss('type', shownName(table, name), reason), relation: table, column: name }]
}

/** Commands after which every value that was there still is. */
const HARMLESS = new Set(
  `AT_AddColumn AT_ColumnDefault AT_CookedColumnDefault AT_DropNotNull AT_SetNotNull AT_SetStatistics AT_SetOptions
   AT_ResetOptions AT_SetStorage AT_SetCompression AT_AddIndex AT_AddConstraint AT_AlterConstraint AT_ValidateConstraint
   AT_AddIndexConstraint AT_DropConstraint AT_DropExpression AT_ChangeOwner AT_ClusterOn AT_DropCluster AT_SetLogged
   AT_SetTableSpace AT_SetRelOptions AT_ResetRelOptions AT_EnableTrig AT_EnableAlwaysTrig AT_EnableReplicaTrig
   AT_DisableTrig AT_EnableTrigAll AT_DisableTrigAll AT_EnableTrigUser AT_DisableTrigUser AT_EnableRule
   AT_EnableAlwaysRule AT_EnableReplicaRule AT_DisableRule AT_ReplicaIdentity AT_EnableRowSecurity
   AT_DisableRowSecurity AT_ForceRowSecurity AT_NoForceRowSecurity AT_AddIdentity AT_SetIdentity AT_AttachPartition`.split(
    /\s+/,
  ),
)
