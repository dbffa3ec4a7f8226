import type { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import { ensureLedger } from '../../ledger/ledger-schema.ts'
import type { Catalogue } from '../../postgres/catalogue/catalogue.ts'
import { compareCatalogues, type Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { readCatalogue, readSchemas } from '../../postgres/catalogue/read-catalogue.ts'
import type { Connection } from '../../postgres/connect.ts'
import { type ExecutionOutcome, execute } from '../execute/execute.ts'
import { ensureSchema } from '../execute/session.ts'
import { compare } from '../history/compare.ts'
import type { MigrationFiles } from '../history/migration-files.ts'
import { readRecords } from '../history/prisma-history.ts'
import { planDeploy } from '../plan/plan.ts'
import { NO_REPEATABLES } from '../plan/repeatable-plan.ts'
import { everyGate } from '../verify/every-gate.ts'
import { connectToShadow, type EmptyShadow, type ShadowWish, withEmptyShadow } from '../verify/shadow.ts'
import { executeRollback } from './execute.ts'
import { planRollback } from './plan-rollback.ts'

export interface ProofWish extends ShadowWish {
  /** The history, in its order. */
  readonly files: readonly MigrationFiles[]
  /** The migrations whose way back is tried; each has a `down.sql` that says there is one. */
  readonly names: readonly string[]
  /** Whether the catalogue of the whole history is wanted, too. */
  readonly wantsCatalogue: boolean
  /** Told before each migration that is tried. */
  readonly show: (name: string) => void
}

export interface Proofs {
  /** What is wrong with a way back, by migration, in sentences; none: it is proved. */
  readonly problems: ReadonlyMap<string, readonly string[]>
  /** What the whole history yields, repeatables included, where that is wanted. */
  readonly catalogue: Catalogue | undefined
}

/**
 * Applies a history on a throw-away server and undoes and applies again, on the way, each migration of `names`: undone, the
 * catalogue must be the one before it; applied again, the one after it. It is the engine of deploy and rollback that does it.
 * A way back that fails leaves nobody knows what, so the rest is tried on a new shadow.
 * @throws HowdahError of starting the server, and of a history that cannot be applied
 */
export async function proveRollbacks(wish: ProofWish, runtime: Runtime): Promise<Proofs> {
  const problems = new Map<string, readonly string[]>()
  for (;;) {
    const before = problems.size
    const catalogue = await withEmptyShadow(wish, runtime, shadow => walkThrough(shadow, wish, problems))
    const failed = [...problems].slice(before).some(([, found]) => found.length > 0)
    const isDone = !wish.wantsCatalogue && problems.size === wish.names.length
    if (!failed || isDone) return { problems, catalogue }
  }
}

/** Tries those that were not tried yet, up to the first that fails. */
async function walkThrough(
  shadow: EmptyShadow,
  { files, names, schema, show, wantsCatalogue }: ProofWish,
  problems: Map<string, readonly string[]>,
): Promise<Catalogue | undefined> {
  const { runtime } = shadow
  {
    await using connection = await connectToShadow(shadow.url)
    await ensureSchema(connection)
    await ensureLedger(connection)
    const read = async () => readCatalogue(connection, await readSchemas(connection, schema))
    const up = async (count: number) => deployFirst(shadow, connection, files.slice(0, count))
    let latest: { readonly count: number; readonly catalogue: Catalogue } | undefined
    for (const [index, { name }] of files.entries()) {
      if (!names.includes(name) || problems.has(name)) continue
      show(name)
      if (latest?.count !== index) must(await up(index), runtime)
      const before = latest?.count === index ? latest.catalogue : await read()
      must(await up(index + 1), runtime)
      const after = await read()
      const down = await undoLast(shadow, connection, files.slice(0, index + 1))
      if (down.error) return fail(name, `down.sql fails: ${told(down.error, runtime)}`)
      const back = differences(before, await read(), 'after down.sql')
      if (back.length > 0) return fail(name, ...back)
      const again = await up(index + 1)
      if (again.error)
        return fail(name, `after down.sql it cannot be applied again: ${told(again.error, runtime)}`)
      const catalogue = await read()
      const forth = differences(after, catalogue, 'after up, down and up again')
      if (forth.length > 0) return fail(name, ...forth)
      problems.set(name, [])
      latest = { count: index + 1, catalogue }
    }
  }
  if (!wantsCatalogue) return undefined
  await shadow.deployAll()
  await using connection = await connectToShadow(shadow.url)
  return await readCatalogue(connection, await readSchemas(connection, schema))

  function fail(name: string, ...found: readonly string[]): undefined {
    problems.set(name, found)
    return undefined
  }
}

/** The migrations are those of `files` that are not applied yet. */
async function deployFirst(
  { runtime, limits }: EmptyShadow,
  connection: Connection,
  files: readonly MigrationFiles[],
): Promise<ExecutionOutcome> {
  const { history, steps } = await readRecords(connection)
  const compared = compare(files, history, steps)
  // Those that are applied would be read and parsed again for nothing, each time.
  const pending = compared.migrations.filter(({ state }) => state !== 'applied')
  if (pending.length === 0) return { steps: [], error: undefined }
  const plan = await planDeploy(
    { ...compared, migrations: pending },
    // What is on the shadow, the history put there.
    { ...history, otherTables: 0 },
    connection.target.schema,
    everyGate('shadow'),
  )
  return execute(connection, plan, NO_REPEATABLES, limits, aRunOfItsOwn(runtime))
}

async function undoLast(
  { runtime, limits }: EmptyShadow,
  connection: Connection,
  files: readonly MigrationFiles[],
): Promise<ExecutionOutcome> {
  const { history, steps } = await readRecords(connection)
  const last = compare(files, history, steps).migrations.slice(-1)
  return executeRollback(connection, await planRollback('shadow', last, []), limits, aRunOfItsOwn(runtime))
}

/** Within a run a step begins once; here each migration is applied twice. */
const aRunOfItsOwn = (runtime: Runtime): Runtime => ({ ...runtime, runId: crypto.randomUUID() })

/** A history that cannot be applied proves nothing of anything. */
function must({ error }: ExecutionOutcome, { signal }: Runtime): void {
  if (error) throw signal.aborted ? (signal.reason ?? error) : error
}

/** @throws HowdahError interrupted, which is no verdict on a file */
function told(error: HowdahError, { signal }: Runtime): string {
  if (error.code === 'interrupted' || signal.aborted) throw error
  return error.message
}

/** Partitions, extensions and default grants count here, which a live database may have besides its history. */
function differences(expected: Catalogue, found: Catalogue, when: string): string[] {
  const there = compareCatalogues(expected, found).differences
  const left = compareCatalogues(found, expected).differences.filter(
    ({ kind, object }) => kind === 'missing' && !there.some(each => each.object === object),
  )
  const turned = left.map(each => ({ ...each, kind: 'extra' as const }))
  return [...there, ...turned].map(each => sentence(each, when))
}

function sentence({ kind, object, attribute, expected, found }: Difference, when: string): string {
  if (kind === 'missing') return `${when} ${object} is missing`
  if (kind === 'extra') return `${when} ${object} is left over`
  const value = (each: unknown) =>
    each === null ? 'none' : typeof each === 'string' ? each : JSON.stringify(each)
  return `${when} ${object} has another ${attribute}: ${value(found)} instead of ${value(expected)}`
}
