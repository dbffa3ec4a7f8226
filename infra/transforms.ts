import type { DatabaseTransforms } from './components/database/database.ts'
import type { KeysArgs } from './components/keys.ts'
import type { NetworkTransforms } from './components/network/network.ts'
import type { ReplicasArgs } from './components/replicas.ts'

export interface Transforms {
  readonly network?: NetworkTransforms
  readonly recoveryNetwork?: NetworkTransforms
  readonly keys?: KeysArgs['transform']
  readonly database?: DatabaseTransforms
  readonly replicas?: ReplicasArgs['transform']
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
