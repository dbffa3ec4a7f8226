import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, isSet, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { isPrimary, isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'

const DEFAULT_PORT = 5432

/**
 * Source: Security Hub, RDS.23 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20. A replica without a port has that of its source.
 */
export const rdsCustomPort: Control = {
  key: 'rds-custom-port',
  ids: ['RDS.23', 'CT.RDS.PR.20'],
  title: 'RDS databases and clusters should not use a database engine default port',
  severity: 'low',
  remedy: '`port` other than 5432',
  ...eachOf([DB_INSTANCE], instance =>
    must(
      instance,
      'port',
      port => (isSet(port) ? port !== DEFAULT_PORT : isReplica(instance)),
      'listens on 5432',
    ),
  ),
  mutant: setting(DB_INSTANCE, { port: DEFAULT_PORT }, isPrimary),
  enforcement: waivedOnDev('5432 is what every tool of a developer expects'),
}
