import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HowdahError, systemCodeOf } from '../core/errors.ts'
import type { SeedProfile } from './profile.ts'

export interface NamedProfile {
  readonly name: string
  readonly profile: SeedProfile
}

/** The names of a database's profiles: the TypeScript files directly in its `seed/`. */
export async function profileNames(directory: string): Promise<string[]> {
  const entries = await readdir(join(directory, 'seed'), { withFileTypes: true }).catch(error => {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  })
  return entries
    .filter(entry => entry.isFile() && /^[^.]+\.ts$/.test(entry.name))
    .map(entry => entry.name.slice(0, -'.ts'.length))
    .sort()
}

/**
 * Loads a profile and those it wants to run first, in the order they run.
 * @throws HowdahError seed-profile-unknown
 */
export async function loadProfiles(directory: string, name: string): Promise<NamedProfile[]> {
  const known = await profileNames(directory)
  const ordered: NamedProfile[] = []
  const visit = async (wanted: string) => {
    if (ordered.some(each => each.name === wanted)) return
    // Only names that were found on disk: a name from the command line never becomes a path by itself.
    if (!known.includes(wanted)) throw new HowdahError('seed-profile-unknown', { profile: wanted, known })
    const file = pathToFileURL(join(directory, 'seed', `${wanted}.ts`)).href
    const { default: profile } = (await import(file)) as { readonly default?: SeedProfile }
    if (typeof profile?.run !== 'function') throw new Error(`${file} has no seed profile as default export`)
    for (const first of profile.first ?? []) await visit(first)
    ordered.push({ name: wanted, profile })
  }
  await visit(name)
  return ordered
}
