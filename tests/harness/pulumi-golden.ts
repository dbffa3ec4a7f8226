import { changesBetween, formerUrns } from './pulumi-changes.ts'
import type { Registered, Registration } from './pulumi-registrations.ts'

/**
 * Resources that hold what cannot be made again: their replacement or deletion is a loss. Not the replication of automated
 * backups: what it has copied stays when it is stopped.
 */
const DATA = new Set([
  'aws:rds/instance:Instance',
  'aws:kms/key:Key',
  'aws:kms/replicaKey:ReplicaKey',
  'aws:backup/vault:Vault',
  'aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault',
  'aws:s3/bucket:Bucket',
  'aws:secretsmanager/secret:Secret',
  'aws:ecr/repository:Repository',
])

export const isData = ({ type }: Pick<Registration, 'type'>) => DATA.has(type)

/** `howdah:aws:Database$aws:rds/instance:Instance database-g1-instance protect retain eu-central-1`, a resource a line. */
export function listOf({ registrations }: Registered): string {
  return `${registrations.map(lineOf).sort().join('\n')}\n`
}

function lineOf({ urn, name, protect, retainOnDelete, region }: Registration): string {
  const marks = [protect ? 'protect' : '', retainOnDelete ? 'retain' : '', region ?? '']
  return [urn.split('::')[2], name, ...marks].filter(Boolean).join(' ')
}

/** `howdah:aws:Keys$aws:kms/key:Key keys-data` of data alone. */
export function dataOf({ registrations }: Registered): string[] {
  return registrations.filter(isData).map(dataLine).sort()
}

const dataLine = ({ urn }: Pick<Registration, 'urn'>) => urn.split('::').slice(2).join(' ')

/**
 * Data that was there and that nothing registers any more, neither by its name nor by an alias: `pulumi up` would delete it,
 * or create it a second time, empty.
 */
export function lostData(before: readonly string[], { registrations }: Registered): string[] {
  const former = formerUrns(registrations)
  const kept = new Set(
    registrations.flatMap(each => [each.urn, ...(former.get(each.urn) ?? [])].map(urn => dataLine({ urn }))),
  )
  return before.filter(line => !kept.has(line))
}

/** What `pulumi up` would do to data between two runs, apart from making more of it. */
export function harmToData(before: Registered, after: Registered): string[] {
  return changesBetween(before.registrations, after.registrations)
    .filter(change => isData(change) && (change.operation === 'replace' || change.operation === 'delete'))
    .map(({ operation, name, replacing }) => [operation, name, ...replacing].join(' '))
}
