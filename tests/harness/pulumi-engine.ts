import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { type ProjectFile, withSettings } from './pulumi-project.ts'
import { qualified } from './pulumi-registrations.ts'
import { ROOT } from './pulumi-run-program.ts'
import { type StubProvider, startStubProvider } from './pulumi-stub-provider.ts'

/** The Pulumi engine of this machine, `v3.259.0`; `undefined`: it has none. */
export const pulumiVersion = spawnSync('pulumi', ['version'], {
  encoding: 'utf8',
  env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: 'true' },
}).stdout?.trim()

/** For the title of a suite that needs it. */
export const withoutPulumi = 'skipped: no `pulumi` on the path, get it with .ci/install-pulumi'

/** One step that a preview announces. */
export interface PlannedStep {
  /** `create`, `update`, `replace`, `create-replacement`, `delete-replaced`, `delete`, `same`. */
  readonly op: string
  readonly urn: string
  readonly replaceReasons?: readonly string[]
  readonly diffReasons?: readonly string[]
}

export interface Finished {
  readonly exitCode: number | null
  readonly output: string
}

/** A stack of a project, run by the real engine against a stub provider, with its state in a folder that goes away. */
export interface PulumiStack extends AsyncDisposable {
  readonly provider: StubProvider
  /** Changes settings of the stack; `undefined` takes one away. */
  configure(settings: Readonly<Record<string, unknown>>): Promise<void>
  setSecret(key: string, value: string): Promise<void>
  up(): Promise<Finished>
  previewDiff(): Promise<Finished>
  /** What a preview would do, without what stays the same. */
  plan(): Promise<readonly PlannedStep[]>
  refresh(): Promise<Finished>
  destroy(): Promise<Finished>
  /** Any other command, `['state', 'unprotect', …]`. */
  run(...args: readonly string[]): Promise<Finished>
  /** The state's file, as it lies on the disk. */
  state(): Promise<string>
}

/**
 * @param directory - where Pulumi.yaml and the settings of the stack are; neither is written to
 * @param environment - variables that everything runs with
 */
export async function openStack(
  stack: string,
  directory = ROOT,
  environment: Readonly<Record<string, string>> = {},
): Promise<PulumiStack> {
  const folder = await mkdtemp(join(tmpdir(), 'howdah-pulumi-'))
  const provider = await startStubProvider()
  const project: ProjectFile = parse(await readFile(join(directory, 'Pulumi.yaml'), 'utf8'))
  const settingsFile = join(folder, 'project', `Pulumi.${stack}.yaml`)
  const tools = await languageHost(folder)
  for (const name of ['project', 'state', 'home']) await mkdir(join(folder, name))
  // A project of its own with the program of the other: what `pulumi` writes into a project stays here.
  const main = join(directory, project.main ?? '.')
  await writeFile(join(folder, 'project/Pulumi.yaml'), stringify({ ...project, main }))
  await writeFile(settingsFile, await readFile(join(directory, `Pulumi.${stack}.yaml`), 'utf8'))
  const env = {
    ...process.env,
    ...environment,
    PATH: [...tools, process.env.PATH].join(delimiter),
    PULUMI_HOME: join(folder, 'home'),
    PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString('hex'),
    PULUMI_DEBUG_PROVIDERS: provider.addresses,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    NODE_OPTIONS: '',
  }
  const run = async (...args: readonly string[]): Promise<Finished> => {
    const options = ['--cwd', join(folder, 'project'), '--non-interactive', '--color', 'never']
    const child = spawn('pulumi', [...args, ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
    })
    child.stderr.on('data', chunk => {
      output += chunk
    })
    const [exitCode] = await once(child, 'close')
    return { exitCode, output }
  }
  const change = (verb: string) => () => run(verb, '--stack', stack, '--yes', '--skip-preview', '--diff')
  const configure = async (changes: Readonly<Record<string, unknown>>) => {
    const file = parse(await readFile(settingsFile, 'utf8')) ?? {}
    const config = withSettings(project.name, file.config ?? {}, changes)
    await writeFile(settingsFile, stringify({ ...file, config }))
  }
  const succeed = async (...args: readonly string[]) => {
    const { exitCode, output } = await run(...args)
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(' ')} ended with ${exitCode}:\n${output}`)
    return output
  }
  await succeed('stack', 'init', stack)
  return {
    provider,
    configure,
    setSecret: async (key, value) => {
      await succeed('config', 'set', '--stack', stack, '--secret', qualified(project.name, key), value)
    },
    up: change('up'),
    refresh: change('refresh'),
    destroy: change('destroy'),
    previewDiff: () => run('preview', '--stack', stack, '--diff'),
    plan: async () => {
      const output = await succeed('preview', '--stack', stack, '--json')
      const { steps } = JSON.parse(output.slice(output.indexOf('{'))) as { steps: PlannedStep[] }
      return steps.filter(({ op }) => op !== 'same')
    },
    run,
    state: () => readFile(join(folder, 'state/.pulumi/stacks', project.name, `${stack}.json`), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await provider[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Folders to put in front of the path: with Pulumi's own language host on it none, else one with ours. */
async function languageHost(folder: string): Promise<string[]> {
  const found = spawnSync('sh', ['-c', 'command -v pulumi-language-nodejs']).status === 0
  if (found) return []
  const tools = join(folder, 'tools')
  await mkdir(tools)
  const script = join(ROOT, 'tests/harness/pulumi-language-host.ts')
  const path = join(tools, 'pulumi-language-nodejs')
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`)
  await chmod(path, 0o755)
  return [tools]
}
