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
import { EngineAdapterFactory } from './schema-engine-adapter.ts'
import { type EngineHealth, loadEngine } from './schema-engine-module.ts'

export interface SchemaEngineOptions {
  /** The database the engine works on. Its role must be allowed to create databases, for the shadow database. */
  url: string
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
