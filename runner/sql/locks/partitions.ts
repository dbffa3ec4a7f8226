import type { AlterTableCmd } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { fact, type LockFact } from './lock-fact.ts'
import { relationOf, relationsOf } from './parse-tree.ts'
import { findRelation, type TableFacts } from './table-facts.ts'

function partitionOf({ def }: AlterTableCmd): RelationName {
  if (def && 'PartitionCmd' in def) return relationOf(def.PartitionCmd.name)
  return relationsOf(def ? [def] : [])[0] ?? { schema: undefined, name: '' }
}

/** ATTACH PARTITION reads the new partition unless a valid CHECK implies the bound; that proof is Postgres' to find. */
export function attachFacts(
  parent: RelationName,
  command: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const child = partitionOf(command)
  const relation = findRelation(known, child)
  const checked = relation?.constraints.some(({ kind, isValid }) => kind === 'check' && isValid)
  const scan = !relation || checked ? 'unknown' : 'yes'
  const note = checked ? 'not read where a CHECK of it implies the bound' : undefined
  return [
    fact(parent, 'SHARE UPDATE EXCLUSIVE'),
    fact(child, 'ACCESS EXCLUSIVE', { scan, note }),
    ...referenced(parent, known),
  ]
}

/** The partition gets its parent's foreign keys, and the triggers for them on the tables they refer to. */
function referenced(parent: RelationName, known: TableFacts | undefined): LockFact[] {
  const constraints = findRelation(known, parent)?.constraints ?? []
  return constraints.flatMap(({ references }) =>
    references ? [fact(references, 'SHARE ROW EXCLUSIVE')] : [],
  )
}

export function detachFacts(
  parent: RelationName,
  command: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const final = command.subtype === 'AT_DetachPartitionFinalize'
  // What belonged to the partition may belong to the default one from now on, so its bound changes as well.
  const rest = findRelation(known, parent)?.defaultPartition
  return [
    ...(rest ? [fact(rest, 'ACCESS EXCLUSIVE')] : []),
    fact(parent, final ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'),
    fact(partitionOf(command), 'ACCESS EXCLUSIVE'),
    ...referenced(parent, known),
  ]
}

export function inheritFacts(table: RelationName, command: AlterTableCmd): LockFact[] {
  const parentMode = command.subtype === 'AT_AddInherit' ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS SHARE'
  return [fact(table, 'ACCESS EXCLUSIVE'), fact(partitionOf(command), parentMode)]
}
