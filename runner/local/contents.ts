import { HowdahError } from '../core/errors.ts'
import { progressWithin, step } from '../core/progress.ts'
import type { Secret } from '../core/secret.ts'
import { plural } from '../core/units.ts'
import { deploy } from '../migrate/migrate.ts'
import { seed } from '../seed/seed.ts'
import type { PlatformOptions } from './platform-options.ts'

/** What is in the database after a start. */
export interface Contents {
  /** Passwords made in this run: to be shown once. */
  readonly passwords: readonly { readonly account: string; readonly password: Secret }[]
  readonly notes: readonly string[]
}

/** Migrates and seeds. Both do nothing where it was done before. */
export async function fill(options: PlatformOptions, url: Secret): Promise<Contents> {
  await migrate(options, url)
  const seeds = [await plant(options, url, 'essential'), await plant(options, url, 'demo')]
  return { passwords: seeds.flatMap(each => each.passwords), notes: seeds.flatMap(each => each.notes) }
}

async function migrate(
  { folder, config, runtime, version, cwd, environment }: PlatformOptions,
  url: Secret,
): Promise<void> {
  await step(
    runtime.progress,
    'Migrations',
    async current => {
      const outcome = await deploy({
        folder,
        url,
        setting: 'local.json',
        connectTimeoutMs: config.connectTimeoutMs,
        limits: config,
        runnerVersion: version,
        // A database to try things in by hand.
        allowed: new Map([['drift', 'howdah up']]),
        hooks: { ...config, directory: cwd, environment, verb: 'up' },
        runtime: { ...runtime, progress: progressWithin(current) },
      })
      if (outcome.error) throw outcome.error
      return outcome
    },
    ({ steps, total }) => {
      const applied = new Set(steps.map(({ migration }) => migration)).size
      return applied === 0
        ? `all ${total} were applied before`
        : `${plural(applied, 'migration')} with their extra SQL`
    },
  )
}

interface Planted extends Contents {
  readonly rows: number
}

/** A database with data of its own is left alone, and so is one without such a seed. */
async function plant(
  { folder, config, runtime }: PlatformOptions,
  url: Secret,
  profile: string,
): Promise<Planted> {
  return step(
    runtime.progress,
    `Seed: ${profile}`,
    async (current): Promise<Planted> => {
      try {
        const outcome = await seed({
          profile,
          folder,
          url,
          setting: 'local.json',
          adminEmail: config.adminEmail,
          adminPassword: config.adminPassword,
          connectTimeoutMs: config.connectTimeoutMs,
          runtime: { ...runtime, progress: progressWithin(current) },
        })
        if (outcome.error) throw outcome.error
        const tables = outcome.profiles.flatMap(each => each.tables)
        return {
          passwords: outcome.generatedPasswords,
          notes: [],
          rows: tables.reduce((sum, { made }) => sum + made, 0),
        }
      } catch (error) {
        const leftAlone = error instanceof HowdahError && LEFT_ALONE.includes(error.code)
        if (!leftAlone) throw error
        return { passwords: [], notes: [`The ${profile} seed was left out: ${error.message}.`], rows: 0 }
      }
    },
    ({ rows }) => (rows === 0 ? 'nothing to add' : plural(rows, 'row')),
  )
}

const LEFT_ALONE: readonly string[] = ['seed-refused', 'seed-profile-unknown']
