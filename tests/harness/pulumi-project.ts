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

/**
 * Runs the project's own program as Pulumi's language host does: Pulumi.yaml's main, the settings of `Pulumi.<stack>.yaml`,
 * a Node process of its own.
 * @param overrides - settings above those of the stack's file, as {@link withSettings} has them
 * @throws {ProgramFailed} with what the program logged as errors
 */
export async function registrationsOfProject(
  stack: string,
  overrides: Readonly<Record<string, unknown>> = {},
  settings: Pick<ProgramSettings, 'dryRun' | 'secretKeys'> & { readonly directory?: string } = {},
): Promise<Registered> {
  const directory = settings.directory ?? ROOT
  const project: ProjectFile = parse(await readFile(join(directory, 'Pulumi.yaml'), 'utf8'))
  const own = await stackSettings(directory, stack)
  const given = withSettings(project.name, { ...defaultsOf(project), ...own.config }, overrides)
  const config = configOf(project.name, given)
  const secretKeys = [
    ...own.secretKeys,
    ...(settings.secretKeys ?? []).map(key => qualified(project.name, key)),
  ]
  const dryRun = settings.dryRun ?? false
  const region = config['aws:region'] ?? REGION
  await using engine = await startMiniEngine({ project: project.name, stack, dryRun, region })
  const [folder, program] = await mainOf(directory, project.main)
  let output = ''
  const { exitCode } = await runProgram(
    {
      ...{ project: project.name, stack, organization: 'organization', root: directory, folder, program },
      ...{ monitor: engine.address, engine: engine.address, dryRun, parallel: 16, config, secretKeys },
      options: project.runtime?.options ?? {},
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
