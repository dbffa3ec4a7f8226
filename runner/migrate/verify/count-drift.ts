import type { DatabaseFolder } from '../../config/database-folder.ts'
import { readExpectedCatalogue } from '../../ledger/expected-catalogue.ts'
import type { Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { readCatalogueWithin } from '../../postgres/catalogue/read-catalogue.ts'
import type { Connection } from '../../postgres/connect.ts'
import { checkDrift } from '../gates/drift-gate.ts'
import { inspect } from '../history/inspect.ts'

export const DRIFT_KINDS = ['missing', 'extra', 'changed'] as const satisfies readonly Difference['kind'][]

export type DriftCounts = Readonly<Record<Difference['kind'], number>>

/**
 * How many objects are not as the last complete run left them, for monitoring; `undefined` where nobody can tell, which is no
 * reason to say that there is none. Within the caller's transaction.
 */
export async function countDrift(
  connection: Connection,
  folder: DatabaseFolder,
): Promise<DriftCounts | undefined> {
  // Most databases have none, and then the history need not be read.
  if (!(await readExpectedCatalogue(connection, connection.target.schema))) return undefined
  const { comparison } = await inspect(connection, folder)
  const check = await checkDrift(connection, comparison, readCatalogueWithin)
  if (check.state === 'unchecked') return undefined
  const count = (kind: Difference['kind']) =>
    new Set(check.differences.filter(each => each.kind === kind).map(({ object }) => object)).size
  return { missing: count('missing'), extra: count('extra'), changed: count('changed') }
}
