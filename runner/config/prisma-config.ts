import { statSync } from 'node:fs'
import { type RegisterHooksOptions, registerHooks } from 'node:module'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HowdahError, messageOf } from '../core/errors.ts'

/** What `prisma.config.ts` says about places. Paths are absolute. */
export interface PrismaConfigPlaces {
  readonly file: string
  readonly schema: string | undefined
  readonly migrations: string | undefined
}

const EXTENSIONS = ['.js', '.ts', '.mjs', '.cjs', '.mts', '.cts']

/** Where Prisma 6 and 7 look, in their order (packages/config, loadConfigFromFile and c12). */
const CANDIDATES = [
  'prisma7.config',
  '.config/prisma7',
  'prisma.config',
  'prisma.config/index',
  '.config/prisma',
  '.config/prisma/index',
  '.config/prisma.config',
  '.config/prisma.config/index',
].flatMap(name => EXTENSIONS.map(extension => name + extension))

/**
 * Reads the project's Prisma configuration file, if there is one. Only places are taken from it: the URL comes from our
 * own settings, and no `.env` is read on the way, as Prisma 7 reads none either unless this file loads it.
 * @throws HowdahError prisma-config-unreadable
 */
export async function readPrismaConfig(cwd: string): Promise<PrismaConfigPlaces | undefined> {
  const path = CANDIDATES.find(name => isFile(join(cwd, name)))
  if (path === undefined) return undefined
  const file = join(cwd, path)
  const refuse = (reason: string, cause?: unknown) =>
    new HowdahError('prisma-config-unreadable', { file: relative(cwd, file), reason }, { cause })
  let module: { readonly default?: unknown }
  const hooks = registerHooks(STAND_INS)
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw refuse(messageOf(error), error)
  } finally {
    hooks.deregister()
  }
  const value = unwrap(module.default)
  if (value === undefined) throw refuse('it has no default export')
  const place = (found: unknown, key: string) => {
    if (found === undefined || found === null || found === '') return undefined
    if (typeof found !== 'string') throw refuse(`${key} must be text`)
    return resolve(dirname(file), found)
  }
  const migrations = value.migrations as { readonly path?: unknown } | undefined
  return {
    file,
    schema: place(value.schema, 'schema'),
    migrations: place(migrations?.path, 'migrations.path'),
  }
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** A CommonJS module that TypeScript compiled has its default export one level down. */
function unwrap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { default: inner } = value as { readonly default?: unknown }
  return (typeof inner === 'object' && inner !== null ? inner : value) as Readonly<Record<string, unknown>>
}

/**
 * Stand-ins for what such a file imports. `prisma/config` takes 350 ms to load, is not there in an image without the Prisma
 * CLI, and its `env()` throws for a variable that only Prisma needs; `dotenv` writes to stdout and would read `.env`.
 */
const PRISMA_CONFIG = `
  export const defineConfig = config => config
  export const env = () => ''
  export const PrismaConfig = undefined
  export default { defineConfig, env }`
const DOTENV = `
  export const config = () => ({ parsed: {} })
  export const parse = () => ({})
  export const populate = () => ({})
  export const expand = () => ({ parsed: {} })
  export default { config, parse, populate, expand }`

const SOURCES: Readonly<Record<string, string>> = {
  'prisma/config': PRISMA_CONFIG,
  '@prisma/config': PRISMA_CONFIG,
  dotenv: DOTENV,
  'dotenv/config': DOTENV,
  'dotenv-expand': DOTENV,
  'dotenv-expand/config': DOTENV,
}

const SCHEME = 'howdah-stand-in:'

const STAND_INS: RegisterHooksOptions = {
  resolve: (specifier, context, next) => {
    const name = specifier.slice(0, specifier.length - extname(specifier).length)
    const known = SOURCES[specifier] === undefined ? name : specifier
    if (SOURCES[known] === undefined) return next(specifier, context)
    return { url: SCHEME + known, format: 'module', shortCircuit: true }
  },
  load: (url, context, next) =>
    url.startsWith(SCHEME)
      ? { format: 'module', source: SOURCES[url.slice(SCHEME.length)] ?? '', shortCircuit: true }
      : next(url, context),
}
