import type { DatabaseFolder } from '../../config/database-folder.ts'
import { readExpectedCatalogue, writeExpectedCatalogue } from '../../ledger/expected-catalogue.ts'
import { compareCatalogues, type Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { readCatalogue } from '../../postgres/catalogue/read-catalogue.ts'
import type { Connection } from '../../postgres/connect.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import type { Comparison } from '../history/compare.ts'
import { catalogueOf, changedFiles, historyFiles, type Manifest, readManifest } from '../verify/manifest.ts'
import type { ClosedGate } from './gates.ts'

/** Whether anybody has changed the schema by hand since the last run; `unchecked` says why nobody can tell. */
export type DriftCheck =
  | { readonly state: 'checked'; readonly differences: readonly Difference[] }
  | { readonly state: 'unchecked'; readonly reason: string }

/**
 * Compares the live schema with the one the last complete run was to leave behind: the committed manifest of that time,
 * which it keeps in the ledger. Takes no lock beyond those of reading the catalogue.
 * @param read how the catalogue is read: in a transaction of its own, or within the caller's
 */
export async function checkDrift(
  connection: Connection,
  comparison: Comparison,
  read: typeof readCatalogue = readCatalogue,
): Promise<DriftCheck> {
  const unchecked = (reason: string): DriftCheck => ({ state: 'unchecked', reason })
  const expected = await readExpectedCatalogue(connection, connection.target.schema)
  if (!expected) return unchecked('no run with a fresh manifest (catalogue.json) has been here yet')
  const manifest = expected.manifest as Manifest
  const { major } = await readServerFacts(connection)
  if (!manifest.majors.includes(major))
    return unchecked(`the last run's manifest was not made on PostgreSQL ${major}`)
  if (expected.isOutdated)
    return unchecked('a run since then did not come to its end, or had no fresh manifest')
  if (JSON.stringify(expected.applied) !== JSON.stringify(appliedNames(comparison)))
    return unchecked('the history has changed since the last run, by another tool')
  const wanted = catalogueOf(manifest, major)
  const { differences } = compareCatalogues(wanted, await read(connection, wanted.schemas))
  return { state: 'checked', differences }
}

const NAMED = 3

/** What a check says against a deploy. */
export function driftGate(check: DriftCheck): ClosedGate[] {
  if (check.state === 'unchecked' || check.differences.length === 0) return []
  const { differences } = check
  const named = differences.slice(0, NAMED).map(({ kind, object, attribute }) => {
    const what = attribute === undefined ? object : `${object} (${attribute})`
    return `${what} ${kind === 'extra' ? 'was added' : kind === 'missing' ? 'is gone' : 'was changed'}`
  })
  const more = differences.length > NAMED ? ` and ${differences.length - NAMED} more` : ''
  return [
    {
      gate: 'drift',
      problem: `the schema is not what the last run left: ${named.join('; ')}${more}`,
      instead:
        'Look at it with `howdah migrate verify`; undo it by hand, or bring it into the history with a new migration',
      details: { differences },
    },
  ]
}

/**
 * Notes what the run has left, for the next one to compare with. Only where all of the history is applied as it stands on
 * disk and the manifest was made from these files: then the manifest is what there has to be.
 */
export async function noteExpectation(
  connection: Connection,
  folder: DatabaseFolder,
  comparison: Comparison,
  run: { readonly id: string; readonly at: Date },
): Promise<void> {
  const whole = comparison.migrations.every(({ state }) => state !== 'edited' && state !== 'failed')
  if (!whole || comparison.missingOnDisk.length > 0) return
  // A manifest that cannot be read is `verify`'s to complain about; here it only leaves nothing to expect.
  const manifest = await readManifest(folder).catch(() => undefined)
  if (manifest?.schema !== connection.target.schema) return
  if (changedFiles(manifest, await historyFiles(folder)).length > 0) return
  const { schema } = manifest
  const applied = comparison.migrations.map(({ files }) => files.name)
  await writeExpectedCatalogue(connection, run.id, run.at, { schema, manifest, applied })
}

function appliedNames({ migrations, missingOnDisk }: Comparison): string[] {
  const applied = migrations.flatMap(({ files, state }) =>
    state === 'applied' || state === 'edited' ? [files.name] : [],
  )
  return missingOnDisk.length > 0 ? [...applied, ...missingOnDisk] : applied
}
