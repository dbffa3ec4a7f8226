import type { AccessArgs } from './components/access/access.ts'
import type { AlarmsArgs } from './components/alarms/alarms.ts'
import type { BackupsArgs } from './components/backups/backups.ts'
import type { CredentialsArgs } from './components/credentials.ts'
import type { DatabaseArgs } from './components/database/database.ts'
import type { KeysArgs } from './components/keys.ts'
import type { NetworkArgs } from './components/network/network.ts'
import type { PgBouncerArgs, RdsProxyArgs } from './components/pooler/pooler.ts'
import type { ReplicasArgs } from './components/replicas.ts'
import type { RunnerArgs } from './components/runner/runner.ts'

export interface Transforms {
  readonly keys?: KeysArgs['transform']
  readonly credentials?: CredentialsArgs['transform']
  readonly network?: NetworkArgs['transform']
  readonly recoveryNetwork?: NetworkArgs['transform']
  readonly database?: DatabaseArgs['transform']
  readonly replicas?: ReplicasArgs['transform']
  readonly backups?: BackupsArgs['transform']
  readonly access?: AccessArgs['transform']
  readonly runner?: RunnerArgs['transform']
  readonly pgbouncer?: PgBouncerArgs['transform']
  readonly rdsProxy?: RdsProxyArgs['transform']
  readonly alarms?: AlarmsArgs['transform']
}

/**
 * The file to change where no setting goes far enough: each function gets the arguments and options of a resource, as they are about to be registered, and
 * changes them in place.
 *
 *     database: {
 *       instance: (args, options) => {
 *         args.licenseModel = 'postgresql-license'
 *         options.customTimeouts = { create: '4h' }
 *       },
 *     },
 */
export const transforms: Transforms = {}
