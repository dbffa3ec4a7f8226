import { formatBytes, plural } from '../../core/units.ts'
import type { Connection } from '../../postgres/connect.ts'
import { readColumnWidths, readDatabaseBytes, readFreeDiskBytes } from '../../postgres/disk-space.ts'
import { readRelationFacts } from '../../postgres/relation-facts.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import { namedRelations } from '../../sql/locks/named-relations.ts'
import { type DiskNeed, diskNeeds, type ScriptPart, totalNeed } from './disk-need.ts'
import type { ClosedGate } from './gates.ts'

/** Whether what a run builds and rewrites has room on the server's disk. */
export interface DiskCheck {
  /** At the most, while it runs; 0: nothing worth the question. */
  readonly neededBytes: number
  /** `undefined`: nobody could tell. */
  readonly freeBytes: number | undefined
  /** The greatest first. */
  readonly needs: readonly DiskNeed[]
}

/** A database no larger than this is not asked about: nothing in it takes more than a few times as much. */
const SMALL_DATABASE_BYTES = 64 * 1024 ** 2

/**
 * Estimates what a run takes, and finds out what there is.
 * @param knownFreeBytes where the user says it, since the server cannot be asked
 */
export async function checkDisk(
  connection: Connection,
  parts: readonly ScriptPart[],
  knownFreeBytes: number | undefined,
): Promise<DiskCheck> {
  if ((await readDatabaseBytes(connection)) <= SMALL_DATABASE_BYTES && knownFreeBytes === undefined)
    return { neededBytes: 0, freeBytes: undefined, needs: [] }
  const { major } = await readServerFacts(connection)
  const names = namedRelations(parts.flatMap(({ statements }) => statements))
  const relations = await readRelationFacts(connection, names, [connection.target.schema])
  const widths = await readColumnWidths(connection, [...relations.known.relations.values()])
  const needs = diskNeeds(parts, { major, relations, widths })
  const neededBytes = totalNeed(needs)
  const size = ({ keptBytes, passingBytes }: DiskNeed) => keptBytes + passingBytes
  return {
    neededBytes,
    freeBytes: neededBytes === 0 ? undefined : (knownFreeBytes ?? (await readFreeDiskBytes(connection))),
    needs: needs.toSorted((a, b) => size(b) - size(a)),
  }
}

const NAMED = 3

/** What a check says against a deploy. Where nobody can tell what is free, nothing is said against it; see `unknownRoom`. */
export function diskGate({ neededBytes, freeBytes, needs }: DiskCheck): ClosedGate[] {
  if (freeBytes === undefined || neededBytes <= freeBytes) return []
  const named = needs
    .slice(0, NAMED)
    .map(
      ({ location, summary, keptBytes, passingBytes }) =>
        `${location} ${summary} (${formatBytes(keptBytes + passingBytes)})`,
    )
  const more = needs.length > NAMED ? `; and ${plural(needs.length - NAMED, 'more statement')}` : ''
  return [
    {
      gate: 'disk-space',
      problem: `this run takes about ${formatBytes(neededBytes)} of disk while it builds and rewrites, and ${formatBytes(freeBytes)} are free: ${named.join('; ')}${more}`,
      instead: 'Make room on the server, or deploy in parts',
      details: { neededBytes, freeBytes, needs: needs.slice(0, NAMED) },
    },
  ]
}

/** From here on it is worth saying that nobody could look. */
const WORTH_SAYING_BYTES = 1024 ** 3

/** @returns a sentence where the run takes much and nobody could tell what is free */
export function unknownRoom({ neededBytes, freeBytes }: DiskCheck): string | undefined {
  if (freeBytes !== undefined || neededBytes < WORTH_SAYING_BYTES) return undefined
  return `this run takes about ${formatBytes(neededBytes)} of disk, and the server cannot be asked what it has; --free-disk-bytes says it`
}
