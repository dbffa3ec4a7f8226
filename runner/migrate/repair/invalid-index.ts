import type { Evidence } from './evidence.ts'
import { buildKey } from './read-invalid-indexes.ts'
import type { LeftAlone, MendIndex, RepairPlan } from './repair-plan.ts'

/** An INVALID index costs every write and serves no read: it is built again, or goes. */
export function planInvalidIndexes(evidence: Evidence): RepairPlan {
  const { replay } = evidence
  const repairs: MendIndex[] = []
  const left: LeftAlone[] = []
  for (const index of evidence.invalid) {
    const leave = (reason: string, ...instead: string[]) =>
      left.push({ kind: 'invalid-index', subject: index.qualified, reason, instead })
    const mend = (how: MendIndex['how'], action: string, proof: string) => {
      const { schema, name, oid } = index
      repairs.push({
        kind: 'invalid-index',
        how,
        subject: index.qualified,
        index: { schema, name },
        oid,
        action,
        proof,
      })
    }
    const byHand = `DROP INDEX CONCURRENTLY ${index.qualified};`
    if (!replay.ok) {
      leave(`what the history says of it is not known: ${replay.reason}`, `Where nobody wants it: ${byHand}`)
      continue
    }
    if (!replay.value.schemas.includes(index.schema)) continue
    const { indexes, invalid } = replay.value
    const builder = evidence.builds.get(buildKey(index.schema, index.tableName, index.name))
    if (index.builders.length > 0) {
      leave(
        `process ${index.builders.join(', ')} holds a lock on ${index.table} as a build does: it may be building it`,
        'Run `howdah migrate repair` again when that has finished.',
      )
    } else if (index.partitioned) {
      leave(
        'it is the index of a partitioned table, and not every partition has its part of it yet',
        'Where an extra.sql builds it, `howdah migrate deploy` goes on with the partitions that are missing; else build',
        `and attach them: ALTER INDEX ${index.qualified} ATTACH PARTITION …;`,
      )
    } else if (indexes.has(index.id) && indexes.get(index.id) !== invalid.get(index.id)) {
      leave(
        `the history has another index of this name: ${indexes.get(index.id)}`,
        byHand,
        `${indexes.get(index.id)};`,
      )
    } else if (indexes.has(index.id)) {
      mend(
        'rebuild',
        'rebuild it: REINDEX INDEX CONCURRENTLY',
        'the applied history has this index, and nobody is building it',
      )
    } else if (index.twin !== null) {
      mend(
        'drop',
        'drop it: DROP INDEX CONCURRENTLY',
        `a REINDEX CONCURRENTLY that was cut off left it: ${index.twin} is the same index under its own name`,
      )
    } else if (builder !== undefined) {
      mend(
        'drop',
        'drop it: DROP INDEX CONCURRENTLY; deploy builds it anew',
        `${builder} builds an index of this name, and has not taken effect`,
      )
    } else {
      leave(
        'no file of this history makes an index of this name',
        `Where nobody wants it: ${byHand}`,
        `Where somebody does: REINDEX INDEX CONCURRENTLY ${index.qualified};`,
      )
    }
  }
  return { repairs, left }
}
