import { escapeIdentifier } from 'pg'
import type { DatabaseFolder } from '../../config/database-folder.ts'
import { withReleases } from '../../core/release-stack.ts'
import { quietRuntime, type Runtime } from '../../core/runtime.ts'
import { Secret } from '../../core/secret.ts'
import { startShadowServer } from '../../embedded/shadow-server.ts'
import type { Catalogue } from '../../postgres/catalogue/catalogue.ts'
import { readCatalogue, readSchemas } from '../../postgres/catalogue/read-catalogue.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { deploy } from '../deploy.ts'
import type { MigrationLimits } from '../execute/lock-policy.ts'
import { readMigrationFiles } from '../history/migration-files.ts'
import { readRepeatableFiles } from '../plan/repeatable-files.ts'
import { everyGate } from './every-gate.ts'
import { ensureRoles } from './shadow-roles.ts'

/** What the shadow is to be like. */
export interface ShadowWish {
  readonly folder: DatabaseFolder
  /** Major version of the server. */
  readonly major: number
  /** The schema of the URL. */
  readonly schema: string
  /** The database's name: a history may speak of it. */
  readonly database: string
}

/** Nobody else is there to wait for, so a wait is a mistake; statements have nothing to read. */
const LIMITS: MigrationLimits = {
  lockTimeoutMs: 10_000,
  lockBudgetMs: 10_000,
  statementTimeoutMs: 300_000,
  runLockBudgetMs: 10_000,
}

const CONNECT_TIMEOUT_MS = 10_000
const SETTING = 'the shadow server'

/**
 * The catalogue that a history yields: a throw-away server is started, the whole history deployed to it by the same engine
 * that deploys it anywhere, and its catalogue read.
 * @throws HowdahError of starting the server and of deploying
 */
export async function readShadowCatalogue(wish: ShadowWish, runtime: Runtime): Promise<Catalogue> {
  return withShadow(wish, runtime, async connection =>
    readCatalogue(connection, await readSchemas(connection, wish.schema)),
  )
}

/** Gives `body` a session with a shadow to which the history has been applied. */
export async function withShadow<T>(
  wish: ShadowWish,
  runtime: Runtime,
  body: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withShadowServer(wish, runtime, async ({ url }) => {
    await using connection = await connectToShadow(url)
    return await body(connection)
  })
}

/** A database on a throw-away server. */
export interface ShadowServer {
  /** A superuser's URL of it. */
  readonly url: Secret
  /** The same of the database `postgres`. */
  readonly adminUrl: Secret
}

/** Gives `body` the whole server of a shadow to which the history has been applied, to make further databases on. Nobody is connected. */
export async function withShadowServer<T>(
  wish: ShadowWish,
  runtime: Runtime,
  body: (server: ShadowServer) => Promise<T>,
): Promise<T> {
  return withEmptyShadow(wish, runtime, async shadow => {
    await shadow.deployAll()
    return await body(shadow)
  })
}

/** A shadow with the database and the roles that a history speaks of, and nothing else. */
export interface EmptyShadow extends ShadowServer {
  /** Applies what of the history is not applied yet, its repeatables included. */
  readonly deployAll: () => Promise<void>
  /** What happens on the shadow is nobody's news: it gets a log, a progress and a run of its own. */
  readonly runtime: Runtime
  readonly limits: MigrationLimits
}

/** Gives `body` a shadow for as long as it runs. */
export async function withEmptyShadow<T>(
  { folder, major, schema, database }: ShadowWish,
  { clock, signal }: Runtime,
  body: (shadow: EmptyShadow) => Promise<T>,
): Promise<T> {
  const runtime = quietRuntime({ clock, signal })
  return withReleases(async releases => {
    const adminUrl = await startShadowServer(major, runtime, releases)
    await prepare(await connectToShadow(adminUrl), folder, database)
    const url = urlOf(adminUrl, database, schema)
    const deployAll = async () => {
      const { error } = await deploy({
        folder,
        url,
        setting: SETTING,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        limits: LIMITS,
        runtime,
        allowed: everyGate('shadow'),
        runnerVersion: 'shadow',
      })
      if (error) throw error
    }
    return await body({ url, adminUrl, deployAll, runtime, limits: LIMITS })
  })
}

/** A session with a database of a shadow. */
export function connectToShadow(url: Secret): Promise<Connection> {
  return connect({
    url,
    setting: SETTING,
    applicationName: 'howdah/shadow',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  })
}

async function prepare(admin: Connection, folder: DatabaseFolder, database: string): Promise<void> {
  await using connection = admin
  const files = await readMigrationFiles(folder.migrations)
  const repeatables = await readRepeatableFiles(folder)
  const scripts = files.flatMap(({ script, extra, down }) => [script ?? '', extra, down ?? ''])
  await ensureRoles(connection, [...scripts, ...repeatables.values()])
  if (database !== connection.target.database)
    await connection.run(`CREATE DATABASE ${escapeIdentifier(database)} TEMPLATE template0`)
}

function urlOf(server: Secret, database: string, schema: string): Secret {
  const url = new URL(server.reveal())
  url.pathname = `/${encodeURIComponent(database)}`
  url.searchParams.set('schema', schema)
  return new Secret(url.href)
}
