import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HowdahError, messageOf, systemCodeOf } from '../core/errors.ts'
import { isAlive } from '../core/processes.ts'
import { environmentLayer, flagLayer, type Layer, type ParsedConfig, parseConfig } from './parse.ts'
import { SETTINGS } from './settings.ts'

const CONFIG_FILE = 'howdah.config.ts'

export interface ConfigSources {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, unknown>>
}

/**
 * Reads every source once, weakest first: the platform that runs here, `howdah.config.ts`, the environment, flags.
 * @throws HowdahError config-file-unreadable, settings-invalid
 */
export async function loadConfig(sources: ConfigSources): Promise<ParsedConfig> {
  const file = await configFileLayer(sources.cwd)
  const environment = environmentLayer(sources.env)
  const flags = flagLayer(sources.flags)
  const home = [flags, environment, file].find(layer => layer.values.home !== undefined)?.values.home
  const platform = await platformLayer(sources.cwd, String(home ?? SETTINGS.home.fallback))
  const named = [file, environment, flags]
  const asksElsewhere = named.some(
    ({ values }) => values.databaseUrl !== undefined || values.directUrl !== undefined,
  )
  return parseConfig(withoutStrayDirectUrls(asksElsewhere ? named : [platform, ...named]))
}

/**
 * A direct URL leads to the database of the URL it was written beside. Whoever names another database in a stronger source
 * (`--database-url` over an environment with DIRECT_URL) must not be led to the one of the weaker.
 * @param layers weakest first
 */
function withoutStrayDirectUrls(layers: readonly Layer[]): Layer[] {
  return layers.map((layer, index) => {
    const overruled = layers
      .slice(index + 1)
      .some(({ values }) => values.databaseUrl !== undefined && values.directUrl === undefined)
    if (!overruled) return layer
    const { directUrl, ...values } = layer.values
    return { ...layer, values }
  })
}

async function configFileLayer(cwd: string): Promise<Layer> {
  const file = join(cwd, CONFIG_FILE)
  const origin = () => CONFIG_FILE
  const exists = await readFile(file).then(
    () => true,
    error => {
      if (systemCodeOf(error) === 'ENOENT') return false
      throw new HowdahError(
        'config-file-unreadable',
        { file: CONFIG_FILE, reason: messageOf(error) },
        { cause: error },
      )
    },
  )
  if (!exists) return { values: {}, origin }
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw new HowdahError(
      'config-file-unreadable',
      { file: CONFIG_FILE, reason: messageOf(error) },
      { cause: error },
    )
  }
  const values = module.default
  if (typeof values !== 'object' || values === null) {
    throw new HowdahError('config-file-unreadable', { file: CONFIG_FILE, reason: 'it has no default export' })
  }
  return { values: { ...values }, origin }
}

/**
 * The URLs of the platform that `howdah up` runs in this home: the weakest source, so that in a checkout with a running
 * platform every verb just works. A platform whose process is gone does not count.
 */
async function platformLayer(cwd: string, home: string): Promise<Layer> {
  const file = resolve(cwd, home, 'local.json')
  const origin = () => relative(cwd, file)
  try {
    const local: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (!isRunningPlatform(local)) return { values: {}, origin }
    const values = { databaseUrl: local.urls.pooled ?? local.urls.direct, directUrl: local.urls.direct }
    return { values, origin }
  } catch {
    // Absent, half-written or of an older make: the platform is simply not a source then.
    return { values: {}, origin }
  }
}

interface RunningPlatform {
  readonly pid: number
  readonly urls: { readonly direct: string; readonly pooled?: string }
}

function isRunningPlatform(value: unknown): value is RunningPlatform {
  const local = value as Partial<RunningPlatform> | null
  if (typeof local?.pid !== 'number' || typeof local.urls?.direct !== 'string') return false
  return isAlive(local.pid)
}
