import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, isSet, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { isPrimary, isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'

const DEFAULTS: readonly unknown[] = ['postgres', 'admin']

/**
 * Source: Security Hub, RDS.25 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20. Replicas, and what is restored from a snapshot, have the name of their source.
 */
export const rdsCustomAdmin: Control = {
  key: 'rds-custom-admin',
  ids: ['RDS.25', 'CT.RDS.PR.22'],
  title: 'RDS database instances should use a custom administrator username',
  severity: 'medium',
  remedy: '`username` other than postgres and admin',
  ...eachOf([DB_INSTANCE], instance => {
    const inherited =
      isReplica(instance) ||
      isSet(instance.inputs.snapshotIdentifier) ||
      isSet(instance.inputs.restoreToPointInTime)
    return must(
      instance,
      'username',
      name => (isSet(name) ? !DEFAULTS.includes(name) : inherited),
      'its administrator has the default name',
    )
  }),
  mutant: setting(DB_INSTANCE, { username: 'postgres' }, isPrimary),
  enforcement: everywhere,
}
