import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachWithin, fieldOf, isSet, listOf, untold, violation } from './inspections.ts'
import { without } from './mutations.ts'
import { hasUnknown, ofTypes, type Registered, refersTo } from './registered.ts'
import { isReplica } from './replicas.ts'
import { BACKUP_SELECTION, DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.26 (AWS Config rule rds-resources-protected-by-backup-plan; NIST 800-53, not in the foundational
 * standard), reference of this project §1.3, read 2026-11-20.
 */
export const rdsBackupPlan: Control = {
  key: 'rds-backup-plan',
  ids: ['RDS.26'],
  title: 'RDS DB instances should be protected by a backup plan',
  severity: 'medium',
  remedy: 'a `backup.Selection` that names the instance, or a tag it has',
  ...eachWithin([DB_INSTANCE], (instance, stack) => {
    if (isReplica(instance)) return []
    const selections = ofTypes(stack, [BACKUP_SELECTION])
    if (selections.some(selection => selects(selection, instance))) return []
    const unclear = selections.find(({ inputs }) => hasUnknown([inputs.resources, inputs.selectionTags]))
    if (unclear) return [untold(unclear, 'what it selects is not known before the update')]
    return [violation(instance, 'no backup plan selects it')]
  }),
  mutant: without(BACKUP_SELECTION),
  enforcement: waivedOnDev('automated backups of a day are all that dev keeps'),
}

function selects(selection: Registered, instance: Registered): boolean {
  const { resources, selectionTags, conditions } = selection.inputs
  if (refersTo(selection, 'resources', instance)) return true
  if (listOf(resources).some(arn => arn === '*' || arn === 'arn:aws:rds:*:*:db:*') && !isSet(conditions))
    return true
  return listOf(selectionTags).some(
    tag => fieldOf(instance.inputs.tags, String(fieldOf(tag, 'key'))) === fieldOf(tag, 'value'),
  )
}
