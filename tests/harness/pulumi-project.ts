import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parse } from 'yaml'
import { REGION } from './pulumi-facts.ts'
import { startMiniEngine } from './pulumi-mini-engine.ts'
import {
  configOf,
  type ProgramSettings,
  qualified,
  type Registered,
  registered,
} from './pulumi-registrations.ts'
import { ROOT, runProgram } from './pulumi-run-program.ts'

export interface ProjectFile {
  readonly name: string
  readonly main?: string
  readonly runtime?: { readonly options?: { readonly typescript?: boolean; readonly nodeargs?: string } }
  readonly config?: Readonly<Record<string, unknown>>
}

/** What the program printed and why it ended, where it did not register a stack. */
export class ProgramFailed extends Error {
  readonly exitCode: number | null

  constructor(exitCode: number | null, output: string) {
    super(output.trim() || `the program ended with ${exitCode}`)
    this.name = 'ProgramFailed'
    this.exitCode = exitCode
  }
}

type ProjectSettings = Pick<ProgramSettings, 'dryRun' | 'secretKeys'> & { readonly directory?: string }

/** What a program of the project is run with in this process, for tests that run it often: `registrationsOf(platform, …)`. */
export async function settingsOfProject(
  stack: string,
  overrides: Readonly<Record<string, unknown>> = {},
  settings: ProjectSettings = {},
): Promise<ProgramSettings> {
  const { file, config, secretKeys } = await readProject(stack, overrides, settings)
  return { project: file.name, stack, config, secretKeys, dryRun: settings.dryRun ?? false }
}

/**
 * Runs the project's own program as Pulumi's language host does: Pulumi.yaml's main, the settings of `Pulumi.<stack>.yaml`,
 * a Node process of its own.
 * @param overrides - settings above those of the stack's file, as {@link withSettings} has them
 * @throws {ProgramFailed} with what the program logged as errors
 */
export async function registrationsOfProject(
  stack: string,
  overrides: Readonly<Record<string, unknown>> = {},
  settings: ProjectSettings = {},
): Promise<Registered> {
  const directory = settings.directory ?? ROOT
  const { file, config, secretKeys } = await readProject(stack, overrides, settings)
  const dryRun = settings.dryRun ?? false
  const region = config['aws:region'] ?? REGION
  await using engine = await startMiniEngine({ project: file.name, stack, dryRun, region })
  const [folder, program] = await mainOf(directory, file.main)
  let output = ''
  const { exitCode } = await runProgram(
    {
      ...{ project: file.name, stack, organization: 'organization', root: directory, folder, program },
      ...{ monitor: engine.address, engine: engine.address, dryRun, parallel: 16, config, secretKeys },
      options: file.runtime?.options ?? {},
    },
    chunk => {
      output += chunk
    },
  )
  if (exitCode !== 0) {
    const errors = engine.logs.filter(({ severity }) => severity === 'error').map(({ message }) => message)
    throw new ProgramFailed(exitCode, [...errors, ...engine.problems, output].join('\n'))
  }
  return registered(engine)
}

async function readProject(
  stack: string,
  overrides: Readonly<Record<string, unknown>>,
  { directory = ROOT, secretKeys = [] }: ProjectSettings,
) {
  const file: ProjectFile = parse(await readFile(join(directory, 'Pulumi.yaml'), 'utf8'))
  const own = await stackSettings(directory, stack)
  const given = withSettings(file.name, { ...defaultsOf(file), ...own.config }, overrides)
  return {
    file,
    config: configOf(file.name, given),
    secretKeys: [...own.secretKeys, ...secretKeys.map(key => qualified(file.name, key))],
  }
}

/** As the engine does (getPwdMain): a folder is entered, a file is run from its folder. */
async function mainOf(directory: string, main = '.'): Promise<[folder: string, program: string]> {
  const path = join(directory, main)
  return (await stat(path)).isDirectory() ? [path, '.'] : [dirname(path), basename(path)]
}

async function stackSettings(directory: string, stack: string) {
  const file = await readFile(join(directory, `Pulumi.${stack}.yaml`), 'utf8')
  const entries = Object.entries<unknown>(parse(file)?.config ?? {})
  const isSecret = (value: unknown): value is { secure: string } =>
    typeof value === 'object' && value !== null && 'secure' in value
  return {
    // Without the passphrase nobody can read it; the program sees a text of this kind.
    config: Object.fromEntries(entries.map(([key, value]) => [key, isSecret(value) ? 'decrypted' : value])),
    secretKeys: entries.filter(([, value]) => isSecret(value)).map(([key]) => key),
  }
}

/** Settings that Pulumi.yaml gives to every stack. */
function defaultsOf({ name, config = {} }: ProjectFile): Record<string, unknown> {
  const given = (value: unknown) =>
    typeof value !== 'object' || value === null
      ? value
      : 'value' in value
        ? value.value
        : 'default' in value
          ? value.default
          : undefined
  const entries = Object.entries(config).map(([key, value]) => [qualified(name, key), given(value)])
  return withoutMissing(Object.fromEntries(entries))
}

/** Settings with others above them: a group keeps the keys that are not named; `undefined` takes a key away. */
export function withSettings(
  project: string,
  settings: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = { ...settings }
  for (const [key, value] of Object.entries(changes)) {
    const before = result[qualified(project, key)]
    result[qualified(project, key)] =
      isGroup(before) && isGroup(value) ? withoutMissing({ ...before, ...value }) : value
  }
  return withoutMissing(result)
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const withoutMissing = (settings: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
