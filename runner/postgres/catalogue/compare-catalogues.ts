import { type AttributeValue, type Catalogue, type CatalogueObject, objectId } from './catalogue.ts'

/** One thing in which a live catalogue is not what was expected. */
export interface Difference {
  readonly kind: 'missing' | 'extra' | 'changed'
  /** `index public.users.users_email_key` */
  readonly object: string
  /** What of the object changed. */
  readonly attribute?: string
  /** For `changed` the attribute's value, else the object's attributes; `null` for none. */
  readonly expected: AttributeValue | CatalogueObject['attributes'] | null
  readonly found: AttributeValue | CatalogueObject['attributes'] | null
}

export interface CatalogueComparison {
  readonly differences: readonly Difference[]
  /** Things that differ by right, in sentences: for a person who wonders, never a reason to fail. */
  readonly notes: readonly string[]
}

interface Side {
  readonly objects: ReadonlyMap<string, CatalogueObject>
}

/**
 * Names every difference between two catalogues. What lies inside a missing or extra object goes without saying: a table is
 * one difference, not one for each of its columns.
 */
export function compareCatalogues(expected: Catalogue, live: Catalogue): CatalogueComparison {
  const [wanted, found] = [sideOf(expected), sideOf(live)]
  const differences: Difference[] = []
  const notes: string[] = []
  for (const [id, object] of wanted.objects) {
    const other = found.objects.get(id)
    if (other) {
      differences.push(...changes(id, object, other))
      if (object.notes.version !== undefined && object.notes.version !== other.notes.version)
        notes.push(`${id} is ${other.notes.version}; the shadow has ${object.notes.version}`)
    } else if (!isInsideLoss(object, wanted, found) && !isOwnersGrant(object, found)) {
      differences.push({ kind: 'missing', object: id, expected: object.attributes, found: null })
    }
  }
  for (const [id, object] of found.objects) {
    if (wanted.objects.has(id) || isInsideLoss(object, found, wanted) || isOwnersGrant(object, wanted))
      continue
    const note = allowedExtra(object, wanted)
    if (note) notes.push(note)
    else differences.push({ kind: 'extra', object: id, expected: null, found: object.attributes })
  }
  return { differences, notes }
}

function sideOf({ objects }: Catalogue): Side {
  return { objects: new Map(objects.map(object => [objectId(object), object])) }
}

function changes(object: string, expected: CatalogueObject, found: CatalogueObject): Difference[] {
  const names = new Set([...Object.keys(expected.attributes), ...Object.keys(found.attributes)])
  return [...names].sort().flatMap(attribute => {
    const [before, now] = [expected.attributes[attribute], found.attributes[attribute]]
    if (JSON.stringify(before) === JSON.stringify(now)) return []
    return [{ kind: 'changed' as const, object, attribute, expected: before ?? null, found: now ?? null }]
  })
}

/** Whether the object it belongs to exists on its own side only. */
function isInsideLoss({ of }: CatalogueObject, own: Side, other: Side): boolean {
  return of !== null && own.objects.has(of) && !other.objects.has(of)
}

/** A grant to the role that owns the live object adds nothing there, and is not told among its grants. */
function isOwnersGrant({ kind, of, attributes }: CatalogueObject, live: Side): boolean {
  if (kind !== 'grant' || of === null) return false
  return live.objects.get(of)?.notes.owner === attributes.grantee
}

/** What a live database may have besides what its history gives it, and what to say of it. */
function allowedExtra(object: CatalogueObject, wanted: Side): string | undefined {
  const { kind, notes, attributes } = object
  const id = objectId(object)
  if (kind === 'extension')
    return `${id} ${notes.version ?? ''} is installed, though not by the history: its objects are its own`
  if (kind === 'grant' && notes.withheld)
    return `${id} is withheld by default privileges, and by the history itself`
  if (kind === 'grant' && notes.byDefault)
    return `${id} comes with default privileges, which are not part of the history`
  if (kind === 'grant' && notes.toMonitor)
    return `${id} lets a role that monitors look, which is not part of the history`
  if (kind === 'table' && wanted.objects.has(`table ${attributes.partitionOf}`))
    return `${id} is a partition of ${attributes.partitionOf} that was made outside the history, as partitions are`
  return undefined
}
