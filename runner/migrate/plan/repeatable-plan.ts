import { HowdahError } from '../../core/errors.ts'
import { readRepeatables } from '../../ledger/repeatables.ts'
import type { Connection } from '../../postgres/connect.ts'
import { checksum } from '../history/checksum.ts'
import { readRepeatableFiles } from './repeatable-files.ts'
import { fitsOneTransaction, locate, readScript, type Script } from './script.ts'

/** One file of `repeatable/`: views, functions, triggers, grants. */
export interface Repeatable {
  readonly name: string
  readonly checksum: string
  readonly script: Script<string>
}

export interface RepeatablePlan {
  /** Those whose text differs from what was last applied, in the order of their names. */
  readonly changed: readonly Repeatable[]
  /** All there are: a change of one may need those that depend on it made anew. */
  readonly all: readonly Repeatable[]
}

export const NO_REPEATABLES: RepeatablePlan = { changed: [], all: [] }

/**
 * Reads `repeatable/*.sql` and decides which have to be applied again. A database without such a folder costs nothing.
 * @throws HowdahError migrations-unreadable, migration-sql-invalid, statement-unsupported
 */
export async function planRepeatables(connection: Connection, directory: string): Promise<RepeatablePlan> {
  const files = await readRepeatableFiles({ directory })
  if (files.size === 0) return NO_REPEATABLES
  const applied = await readRepeatables(connection)
  const all: Repeatable[] = []
  for (const [name, text] of files) {
    const script = await readScript('repeatable', name, text)
    if (!fitsOneTransaction(script.statements)) throw needsTransaction(script)
    // Line ends are a matter of the checkout, and no change.
    all.push({ name, script, checksum: checksum(text.replaceAll('\r\n', '\n')) })
  }
  return { all, changed: all.filter(each => applied.get(each.name) !== each.checksum) }
}

function needsTransaction(script: Script<string>): HowdahError {
  const params = {
    location: locate(script, 0),
    statement: 'a statement of it',
    reason: 'refuses a transaction, and all repeatables of a run share one',
    instead: 'put it into the extra.sql of a migration.',
  }
  return new HowdahError('statement-unsupported', params)
}
