import type { DatabaseFolder } from '../config/database-folder.ts'
import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import { type Connection, type ConnectOptions, connect } from '../postgres/connect.ts'
import { readServerFacts, requireSupported } from '../postgres/server-facts.ts'
import { createContext } from './context.ts'
import { explain } from './explain.ts'
import { createJournal, type GeneratedPassword } from './journal.ts'
import type { SeedOptions, SeedProfile, TableRows } from './profile.ts'
import { loadProfiles, type NamedProfile } from './profiles.ts'
import { requireTables } from './required-tables.ts'
import { withSeedLock } from './seed-lock.ts'

export interface SeedRequest {
  /** The name of a file in the database's `seed/`. */
  readonly profile: string
  readonly folder: DatabaseFolder
  readonly url: Secret
  /** The setting the URL came from, for messages. */
  readonly setting: string
  readonly connectTimeoutMs: number
  readonly rows?: number | undefined
  readonly randomSeed?: number | undefined
  readonly adminEmail: string
  readonly adminPassword?: Secret | undefined
  readonly force?: boolean
  /** Stop after the plan. */
  readonly dryRun?: boolean
  readonly runtime: Runtime
}

export type ProfileState = 'planned' | 'applied' | 'failed' | 'not-run'

export interface ProfileOutcome {
  readonly profile: string
  readonly state: ProfileState
  /** Tables that are done, or planned; after a failure those that were done before it. */
  readonly tables: readonly TableRows[]
  readonly notes: readonly string[]
  readonly durationMs: number
}

/** What became of every profile. A caller has to look at `error`: what was done before it stays done and is listed. */
export interface SeedOutcome {
  readonly profiles: readonly ProfileOutcome[]
  /** Made in this run; print each once, and log none. They are here even when a later step failed. */
  readonly generatedPasswords: readonly GeneratedPassword[]
  readonly error: HowdahError | undefined
}

/**
 * Fills a database by one of its profiles, after those it builds on. Running it again changes nothing more.
 * Everything that can be refused is refused before anything is written; those errors are thrown.
 * @throws HowdahError seed-profile-unknown, seed-refused, usage-invalid, seed-lock-timeout, the codes of `connect`,
 *   server-too-old, server-read-only
 */
export async function seed(request: SeedRequest): Promise<SeedOutcome> {
  const { runtime, dryRun = false } = request
  const profiles = await loadProfiles(request.folder.directory, request.profile)
  requireMeaning(request, profiles)
  const connectOptions: ConnectOptions = {
    url: request.url,
    setting: request.setting,
    applicationName: 'howdah/seed',
    connectTimeoutMs: request.connectTimeoutMs,
  }
  await using connection = await connect(connectOptions)
  await requireWritable(connection)
  await requireTables(connection, [...new Set(profiles.flatMap(({ profile }) => profile.tables))])
  const contextFor = (journal: ReturnType<typeof createJournal>['journal']) =>
    createContext(connectOptions, connection, optionsOf(request), runtime, journal)

  const planAll = async (): Promise<ProfileOutcome[]> => {
    const outcomes: ProfileOutcome[] = []
    for (const { name, profile } of profiles) {
      const start = runtime.clock.monotonicMs()
      const { journal, entries } = createJournal()
      const tables = await attempt(name, () => profile.plan(contextFor(journal)))
      const durationMs = runtime.clock.monotonicMs() - start
      outcomes.push({ profile: name, state: 'planned', tables, notes: entries.notes, durationMs })
    }
    return outcomes
  }
  const attempt = async <T>(name: string, body: () => Promise<T>): Promise<T> => {
    try {
      runtime.signal.throwIfAborted()
      return await body()
    } catch (error) {
      throw explain(error, name, runtime.signal)
    }
  }

  if (dryRun) return { profiles: await planAll(), generatedPasswords: [], error: undefined }
  // Awaited here: the session must outlive it.
  return await withSeedLock(connection, runtime, async () => {
    await planAll()
    const outcomes: ProfileOutcome[] = []
    const generatedPasswords: GeneratedPassword[] = []
    let error: HowdahError | undefined
    for (const { name, profile } of profiles) {
      if (error) {
        outcomes.push({ profile: name, state: 'not-run', tables: [], notes: [], durationMs: 0 })
        continue
      }
      const start = runtime.clock.monotonicMs()
      const { journal, entries } = createJournal()
      try {
        await attempt(name, () => profile.run(contextFor(journal)))
      } catch (thrown) {
        error = explain(thrown, name, runtime.signal)
      }
      generatedPasswords.push(...entries.passwords)
      const durationMs = Math.round(runtime.clock.monotonicMs() - start)
      const state = error ? 'failed' : 'applied'
      outcomes.push({ profile: name, state, tables: entries.tables, notes: entries.notes, durationMs })
      const made = entries.tables.reduce((sum, table) => sum + table.made, 0)
      runtime.log.debug(`seed.${state}`, `seed ${name}: ${state}`, { profile: name, made, durationMs })
    }
    return { profiles: outcomes, generatedPasswords, error }
  })
}

function optionsOf({ rows, randomSeed, adminEmail, adminPassword, force = false }: SeedRequest): SeedOptions {
  return { rows, randomSeed, adminEmail, adminPassword, force }
}

/** A flag that would have no effect is a misunderstanding. @throws HowdahError usage-invalid */
function requireMeaning({ rows, randomSeed }: SeedRequest, profiles: readonly NamedProfile[]): void {
  const used = new Set(profiles.flatMap(({ profile }: { profile: SeedProfile }) => [...profile.options]))
  const given = { rows: rows !== undefined, randomSeed: randomSeed !== undefined }
  for (const [option, flag] of [
    ['rows', '--rows'],
    ['randomSeed', '--random-seed'],
  ] as const) {
    if (!given[option] || used.has(option)) continue
    const problem = `${flag} has no meaning for seed profile "${profiles.at(-1)?.name ?? ''}"`
    throw new HowdahError('usage-invalid', { problem, command: 'seed' })
  }
}

/** @throws HowdahError server-too-old, server-read-only */
async function requireWritable(connection: Connection): Promise<void> {
  const facts = await readServerFacts(connection)
  requireSupported(facts)
  const { host, port } = connection.target
  if (facts.inRecovery) throw new HowdahError('server-read-only', { host, port })
}
