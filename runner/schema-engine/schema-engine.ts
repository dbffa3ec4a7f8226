import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type {
  DevAction,
  DiagnoseMigrationHistoryOutput,
  DiffTarget,
  IntrospectResult,
  MigrationList,
  SchemaContainer,
  SchemaEngine,
} from '@prisma/schema-engine-wasm'
import { HowdahError, messageOf } from '../core/errors.ts'
import { EngineAdapterFactory, type EngineDatabase } from './engine-adapter.ts'
import { type EngineHealth, loadEngine } from './engine-module.ts'

export interface SchemaEngineOptions {
  /** The database the engine works on; by URL its role must be allowed to create databases, for the shadow database. */
  url: string | EngineDatabase
  schema: SchemaContainer[]
}

export interface SchemaDiff {
  empty: boolean
  /** The SQL that leads from the one to the other. */
  script: string
}

/** What the engine refuses. `code` is Prisma's own (`P3009`); a failing script has none, unlike in the native engine. */
export class SchemaEngineError extends Error {
  override readonly name = 'SchemaEngineError'
  readonly code: string | undefined

  constructor(message: string, code: string | undefined, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** One side of a comparison. A database is shown as it is: whatever replayed its history has done so before. */
export type Side =
  | { readonly tag: 'empty' }
  | { readonly tag: 'schema'; readonly files: readonly SchemaContainer[] }
  | { readonly tag: 'database'; readonly database: EngineDatabase }

/**
 * The history the engine believes in where it is shown a database: one migration that does nothing. It executes scripts
 * split at every `;`, which breaks `$$` bodies, so histories are replayed by our own executor.
 */
const REPLAYED = '0_replayed'

const replayedHistory = (): MigrationList => ({
  baseDir: '/',
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: [
    {
      path: REPLAYED,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: '-- Replayed already.' } },
    },
  ],
})

// Copied for each call, so that no caller can change another's.
const noFilters = () => ({ externalTables: [], externalEnums: [] })

/** Prisma's real schema engine on one database: the oracle for history semantics, diffs and introspection. */
export class PrismaSchemaEngine implements AsyncDisposable {
  readonly #engine: SchemaEngine
  readonly #health: EngineHealth
  readonly #connections: EngineAdapterFactory
  readonly #schema: SchemaContainer[]

  constructor(
    engine: SchemaEngine,
    health: EngineHealth,
    connections: EngineAdapterFactory,
    schema: SchemaContainer[],
  ) {
    this.#engine = engine
    this.#health = health
    this.#connections = connections
    this.#schema = schema
  }

  /** `prisma migrate status`; with `shadow` it also replays the history, as `migrate dev` does. */
  diagnoseMigrationHistory(
    migrationsList: MigrationList,
    options: { shadow?: boolean } = {},
  ): Promise<DiagnoseMigrationHistoryOutput> {
    const optInToShadowDatabase = options.shadow ?? false
    return this.#answer(
      this.#engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase, filters: noFilters() }),
    )
  }

  /** What `prisma migrate dev` would do first: create a migration, or reset the database because it drifted. */
  async devDiagnostic(migrationsList: MigrationList): Promise<DevAction> {
    return (await this.#answer(this.#engine.devDiagnostic({ migrationsList, filters: noFilters() }))).action
  }

  /**
   * `prisma migrate deploy`; answers the names it applied. The adapter splits scripts at every `;`, so a script with a
   * `;` inside quotes or a `$$` body does not get through whole: keep such scripts away from the oracle.
   */
  async applyMigrations(migrationsList: MigrationList): Promise<string[]> {
    const output = await this.#answer(this.#engine.applyMigrations({ migrationsList, filters: noFilters() }))
    return output.appliedMigrationNames
  }

  /** `prisma migrate resolve --applied`. */
  async markMigrationApplied(migrationsList: MigrationList, migrationName: string): Promise<void> {
    await this.#answer(this.#engine.markMigrationApplied({ migrationsList, migrationName }))
  }

  /** `prisma migrate resolve --rolled-back`. */
  async markMigrationRolledBack(migrationName: string): Promise<void> {
    await this.#answer(this.#engine.markMigrationRolledBack({ migrationName }))
  }

  /**
   * The script that leads from the migrations to `schema` as `prisma migrate dev` writes it; null when none is needed.
   * Like `migrate dev` it wants a database on which all of these migrations are applied; `diff` does without.
   */
  async createMigration(
    migrationsList: MigrationList,
    migrationName: string,
    schema: SchemaContainer[] = this.#schema,
  ): Promise<string | null> {
    // createMigration knows the history's schema only from what devDiagnostic replayed just before, and that replays
    // no migration the database does not have.
    await this.devDiagnostic(migrationsList)
    const output = await this.#answer(
      this.#engine.createMigration({
        draft: false,
        migrationName,
        migrationsList,
        schema: { files: schema },
        filters: noFilters(),
      }),
    )
    return output.migrationScript
  }

  /** `prisma migrate diff --script`. */
  async diff(from: DiffTarget, to: DiffTarget): Promise<SchemaDiff> {
    const result = await this.#answer(
      this.#engine.diff({ from, to, script: true, exitCode: true, filters: noFilters() }),
    )
    return { empty: result.exitCode === 0, script: result.stdout ?? '' }
  }

  /**
   * The script that leads from one side to the other. Of a database only the catalogue is read.
   * @throws HowdahError schema-invalid, schema-engine-failed
   */
  async compare(from: Side, to: Side): Promise<SchemaDiff> {
    const sides = [from, to]
    this.#connections.show(sides.flatMap(side => (side.tag === 'database' ? [side.database] : [])))
    const [source, target] = sides.map(asTarget)
    if (!source || !target) throw new Error('a comparison has two sides')
    return asUserSees(() => this.diff(source, target))
  }

  /**
   * What `prisma migrate dev --create-only` would write to lead from the schema of `database` to `files`, its warnings
   * included; null when there is nothing to do. The engine's own database must be empty: that the migrations are applied
   * is written down there.
   * @throws HowdahError schema-invalid, schema-engine-failed
   */
  async draft(database: EngineDatabase, files: readonly SchemaContainer[]): Promise<string | null> {
    return asUserSees(async () => {
      const { history } = await this.diagnoseMigrationHistory(replayedHistory())
      if (history) await this.markMigrationApplied(replayedHistory(), REPLAYED)
      this.#connections.show([database, database])
      return await this.createMigration(replayedHistory(), 'draft', [...files])
    })
  }

  /** `prisma db pull`; with `force` it ignores the schema given and describes only what the database holds. */
  introspect(options: { force?: boolean } = {}): Promise<IntrospectResult> {
    return this.#answer(
      this.#engine.introspect({
        schema: { files: this.#schema },
        baseDirectoryPath: '/',
        force: options.force ?? false,
        compositeTypeDepth: -1,
        namespaces: null,
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Freeing is one more call into the engine, which it does not survive after a panic; what is lost is some memory.
    if (!this.#health.panicked) this.#engine.free()
    await this.#connections[Symbol.asyncDispose]()
  }

  async #answer<T>(call: Promise<T>): Promise<T> {
    try {
      return await Promise.race([call, this.#health.panic])
    } catch (error) {
      throw asEngineError(error)
    }
  }
}

function asTarget(side: Side): DiffTarget {
  switch (side.tag) {
    case 'empty':
      return { tag: 'empty' }
    case 'schema':
      return { tag: 'schemaDatamodel', files: [...side.files] }
    case 'database':
      return { tag: 'migrations', ...replayedHistory() }
  }
}

/** Errors that are about the user's schema, told as such. Prisma's P1012 is "schema validation error". */
async function asUserSees<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (error instanceof SchemaEngineError && error.code === 'P1012')
      throw new HowdahError('schema-invalid', { reason: messageOf(error) }, { cause: error })
    if (error instanceof SchemaEngineError)
      throw new HowdahError('schema-engine-failed', { reason: messageOf(error) }, { cause: error })
    throw error
  }
}

/** Opens Prisma's schema engine on a database: `await using engine = await openSchemaEngine({ url, schema })`. */
export async function openSchemaEngine({ url, schema }: SchemaEngineOptions): Promise<PrismaSchemaEngine> {
  const { module, health } = await loadEngine()
  const connections = new EngineAdapterFactory(url)
  try {
    const datamodels = schema.map(({ path, content }): [string, string] => [path, content])
    const bound = bindMigrationAwareSqlAdapterFactory(connections)
    const opening = module.SchemaEngine.new({ datamodels }, () => {}, bound)
    const engine = await Promise.race([opening, health.panic])
    return new PrismaSchemaEngine(engine, health, connections, schema)
  } catch (error) {
    await connections[Symbol.asyncDispose]()
    throw asEngineError(error)
  }
}

// The engine's own errors have no class, and a message that ends in Rust spans and WASM frames.
function asEngineError(error: unknown): SchemaEngineError {
  if (!(error instanceof Error)) return new SchemaEngineError(String(error), undefined, error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const [message = error.message] = error.message.split('\n   0: ')
  return new SchemaEngineError(message.trim(), code, error)
}
