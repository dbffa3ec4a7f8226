import type { Node } from 'libpg-query'
import { nameParts, relationOf, strings, walk } from '../../sql/locks/parse-tree.ts'
import type { Repeatable } from '../plan/repeatable-plan.ts'
import type { Script } from '../plan/script.ts'

/**
 * The repeatables something of which a script drops, by name: their text has not changed, and still they have to be applied
 * again. A CASCADE may drop any of them.
 */
export function droppedRepeatables(
  { statements }: Pick<Script, 'statements'>,
  repeatables: readonly Repeatable[],
): string[] {
  const dropped = new Set<string>()
  let cascades = false
  for (const { node } of statements) {
    walk(node, (_, value) => {
      cascades ||= value.behavior === 'DROP_CASCADE'
    })
    if (!('DropStmt' in node)) continue
    for (const object of node.DropStmt.objects ?? []) dropped.add(nameParts(object).at(-1) ?? '')
  }
  return repeatables
    .filter(
      ({ script }) => cascades || script.statements.some(({ node }) => dropped.has(madeName(node) ?? '')),
    )
    .map(({ name }) => name)
}

/** The bare name of what a statement of a repeatable makes. */
function madeName(node: Node): string | undefined {
  if ('ViewStmt' in node) return relationOf(node.ViewStmt.view).name
  if ('CreateTableAsStmt' in node) return relationOf(node.CreateTableAsStmt.into?.rel).name
  if ('CreateFunctionStmt' in node) return strings(node.CreateFunctionStmt.funcname).at(-1)
  if ('CreateTrigStmt' in node) return node.CreateTrigStmt.trigname
  if ('CreatePolicyStmt' in node) return node.CreatePolicyStmt.policy_name
  if ('IndexStmt' in node) return node.IndexStmt.idxname
  if ('RuleStmt' in node) return node.RuleStmt.rulename
  return undefined
}
