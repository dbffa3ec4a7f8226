import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const ROOT = new URL('../..', import.meta.url).pathname

/** What a language host is told of the program to run. */
export interface ProgramRun {
  readonly project: string
  readonly stack: string
  readonly organization: string
  /** Where Pulumi.yaml is. */
  readonly root: string
  readonly folder: string
  /** `.`, or a file in the folder. */
  readonly program: string
  readonly monitor: string
  readonly engine: string
  readonly dryRun: boolean
  readonly parallel: number
  readonly config: Readonly<Record<string, string>>
  readonly secretKeys: readonly string[]
  /** `runtime.options` of Pulumi.yaml. */
  readonly options: { readonly typescript?: boolean; readonly nodeargs?: string }
}

/** Starts a program in a Node process of its own with the SDK's runner, as `pulumi-language-nodejs` does. */
export async function runProgram(
  run: ProgramRun,
  onOutput: (chunk: Buffer) => void,
): Promise<{ readonly exitCode: number | null }> {
  const child = spawn(
    process.execPath,
    [
      ...(run.options.nodeargs?.split(/\s+/).filter(Boolean) ?? []),
      join(ROOT, 'node_modules/@pulumi/pulumi/cmd/run/index.js'),
      ...['--monitor', run.monitor, '--engine', run.engine],
      ...['--project', run.project, '--root-directory', run.root, '--stack', run.stack],
      ...['--pwd', run.folder, '--organization', run.organization, '--parallel', `${run.parallel}`],
      ...(run.dryRun ? ['--dry-run'] : []),
      run.program,
    ],
    {
      cwd: run.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PULUMI_CONFIG: JSON.stringify(run.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: `${run.options.typescript ?? true}`,
      },
    },
  )
  child.stdout.on('data', onOutput)
  child.stderr.on('data', onOutput)
  const [exitCode] = await once(child, 'close')
  return { exitCode }
}
