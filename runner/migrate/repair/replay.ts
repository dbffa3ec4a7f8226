import type { DatabaseFolder } from '../../config/database-folder.ts'
import { messageOf } from '../../core/errors.ts'
import { withReleases } from '../../core/release-stack.ts'
import type { Runtime } from '../../core/runtime.ts'
import { type Catalogue, type CatalogueObject, objectId } from '../../postgres/catalogue/catalogue.ts'
import { compareCatalogues, type Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { readCatalogue, readSchemas } from '../../postgres/catalogue/read-catalogue.ts'
import type { Connection } from '../../postgres/connect.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import { freshSession } from '../execute/session.ts'
import { type AppliedHistory, writeAppliedFolder } from '../verify/applied-history.ts'
import { withShadow } from '../verify/shadow.ts'
import { ensureRoles } from '../verify/shadow-roles.ts'

/** The live catalogue beside that of the shadow, after so many statements of the failed file. */
export interface ReplayedStep {
  readonly differences: readonly Difference[]
  /** Objects the statement before made, or took away. */
  readonly appeared: readonly string[]
  readonly vanished: readonly string[]
}

export interface Replay {
  /** After 0, 1, 2… statements, as far as they run. */
  readonly steps: readonly ReplayedStep[]
  /** Why the next statement does not run on the shadow. */
  readonly stopped: string | undefined
  /** Ids of the live objects; indexes that are INVALID are not among them. */
  readonly live: ReadonlySet<string>
  /** The definitions of the live indexes that are INVALID, by id. */
  readonly invalid: ReadonlyMap<string, string>
  /** The definitions of the indexes that the applied history yields, by id. */
  readonly indexes: ReadonlyMap<string, string>
  readonly schemas: readonly string[]
}

const LIMITS = {
  lockTimeoutMs: 10_000,
  lockBudgetMs: 10_000,
  statementTimeoutMs: 300_000,
  runLockBudgetMs: 10_000,
}

export interface ReplayWish {
  readonly folder: DatabaseFolder
  /** The part of the history that is in the database. */
  readonly history: AppliedHistory
  /** What to run after it, each statement in a transaction of its own, as Prisma's engine does. */
  readonly statements: readonly string[]
}

/**
 * Applies the history on a throw-away server of the same major version, runs the statements one at a time, and compares the
 * live catalogue with the shadow's after each. Only the last catalogue is kept: one of 2000 objects takes about a megabyte.
 * @throws HowdahError of building the shadow
 */
export async function replay(
  live: Connection,
  { folder, history, statements }: ReplayWish,
  runtime: Runtime,
): Promise<Replay> {
  const { schema, database } = live.target
  const { major } = await readServerFacts(live)
  const progress = runtime.progress.step('Replaying the history on a shadow server')
  try {
    const replayed = await withReleases(async releases => {
      const applied = await writeAppliedFolder(folder, history, releases)
      return withShadow({ folder: applied, major, schema, database }, runtime, async shadow => {
        await ensureRoles(shadow, statements)
        await shadow.run(freshSession(shadow, LIMITS).join('; '))
        return compareEach(live, shadow, statements, runtime.signal)
      })
    })
    progress.done()
    return replayed
  } catch (error) {
    progress.fail()
    throw error
  }
}

async function compareEach(
  live: Connection,
  shadow: Connection,
  statements: readonly string[],
  signal: AbortSignal,
): Promise<Replay> {
  const first = await readCatalogue(shadow, await readSchemas(shadow, live.target.schema))
  const indexes = definitionsOf(first)
  const liveOf = liveReader(live, indexes)
  const steps: ReplayedStep[] = []
  let last: Catalogue | undefined
  const look = async (catalogue: Catalogue) => {
    signal.throwIfAborted()
    const { catalogue: found } = await liveOf(catalogue.schemas)
    const { differences } = compareCatalogues(catalogue, found)
    steps.push({
      differences,
      appeared: last ? idsOnlyIn(catalogue, last) : [],
      vanished: last ? idsOnlyIn(last, catalogue) : [],
    })
    last = catalogue
  }
  await look(first)
  const schemas = new Set(first.schemas)
  let stopped: string | undefined
  for (const statement of statements) {
    try {
      await shadow.run(statement)
    } catch (error) {
      stopped = messageOf(error)
      break
    }
    const now = await readSchemas(shadow, live.target.schema)
    for (const schema of now) schemas.add(schema)
    await look(await readCatalogue(shadow, now))
  }
  const all = [...schemas].sort()
  const whole = await liveOf(all)
  return {
    steps,
    stopped,
    live: new Set(whole.catalogue.objects.map(objectId)),
    invalid: whole.invalid,
    indexes,
    schemas: all,
  }
}

function idsOnlyIn({ objects }: Catalogue, other: Catalogue): string[] {
  const others = new Set(other.objects.map(objectId))
  return objects.map(objectId).filter(id => !others.has(id))
}

interface LiveCatalogue {
  readonly catalogue: Catalogue
  readonly invalid: ReadonlyMap<string, string>
}

/** Reads the live side once for each set of schemas. */
function liveReader(live: Connection, indexes: ReadonlyMap<string, string>) {
  const read = new Map<string, LiveCatalogue>()
  return async (schemas: readonly string[]): Promise<LiveCatalogue> => {
    const key = JSON.stringify(schemas)
    const known = read.get(key) ?? setInvalidAside(await readCatalogue(live, schemas), indexes)
    read.set(key, known)
    return known
  }
}

/**
 * An INVALID index serves nobody, so it says nothing about what took effect: one that the applied history has counts as
 * there (to be rebuilt), any other as not there.
 */
function setInvalidAside(
  { schemas, objects }: Catalogue,
  indexes: ReadonlyMap<string, string>,
): LiveCatalogue {
  const invalid = definitionsOf({ schemas, objects: objects.filter(isInvalidIndex) })
  const kept = objects.flatMap(object => {
    if (!invalid.has(objectId(object))) return [object]
    return indexes.has(objectId(object))
      ? [{ ...object, attributes: { ...object.attributes, valid: true } }]
      : []
  })
  return { catalogue: { schemas, objects: kept }, invalid }
}

const isInvalidIndex = ({ kind, attributes }: CatalogueObject) =>
  kind === 'index' && attributes.valid === false

function definitionsOf({ objects }: Catalogue): Map<string, string> {
  return new Map(
    objects
      .filter(({ kind }) => kind === 'index')
      .map(object => [objectId(object), String(object.attributes.definition)]),
  )
}
