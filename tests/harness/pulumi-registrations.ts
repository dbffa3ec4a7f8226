import { runtime } from '@pulumi/pulumi'
import * as state from '@pulumi/pulumi/runtime/state.js'
import { REGION } from './pulumi-facts.ts'
import { type Logged, type MiniEngine, startMiniEngine } from './pulumi-mini-engine.ts'
import type { Registration } from './pulumi-registration.ts'

export type { Registration } from './pulumi-registration.ts'
export { UNKNOWN } from './pulumi-values.ts'

export interface ProgramSettings {
  readonly project?: string
  readonly stack?: string
  /** `shop:size`, or `size` of the project itself; what is no text is given as JSON, as Pulumi does. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly secretKeys?: readonly string[]
  /** As `pulumi preview` on an empty stack: what AWS computes is unknown. */
  readonly dryRun?: boolean
}

export interface Registered {
  /** In the order of registration, which differs from run to run where nothing depends on each other. */
  readonly registrations: readonly Registration[]
  /** Outputs of the stack, without the wrappers of secrets. */
  readonly outputs: Readonly<Record<string, unknown>>
  readonly secretOutputPaths: readonly string[]
  readonly reads: MiniEngine['reads']
  readonly invokes: MiniEngine['invokes']
  readonly logs: readonly Logged[]
  /** All of a type, sorted by name. */
  of(type: string): Registration[]
  /** The one of a type, or the one of a type and a name; an error where there is none, or more than one. */
  only(type: string, name?: string): Registration
}

/** What a real engine or provider would have refused, all at once. */
export class RefusedProgram extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'RefusedProgram'
    this.problems = problems
  }
}

const DEFAULTS = { project: 'shop', stack: 'test' }

/**
 * Runs a program with the SDK as it is, in this process, and gives what it registered. One program at a time.
 * @throws what the program throws, or {@link RefusedProgram}
 */
export async function registrationsOf(
  program: () => unknown,
  settings: ProgramSettings = {},
): Promise<Registered> {
  const run = last.then(() => runHere(program, settings))
  last = run.then(
    () => undefined,
    () => undefined,
  )
  return run
}

let last: Promise<unknown> = Promise.resolve()

async function runHere(program: () => unknown, settings: ProgramSettings): Promise<Registered> {
  const { project, stack } = { ...DEFAULTS, ...settings }
  const dryRun = settings.dryRun ?? false
  const config = configOf(project, settings.config ?? {})
  const secretKeys = (settings.secretKeys ?? []).map(key => qualified(project, key))
  await using engine = await startMiniEngine({
    project,
    stack,
    dryRun,
    region: config['aws:region'] ?? REGION,
  })
  using rejections = collectRejections()
  await withLocalStorage(async () => {
    const { address } = engine
    runtime.resetOptions(project, stack, 16, address, address, dryRun, 'organization')
    runtime.setAllConfig(config, [...secretKeys])
    try {
      await runtime.runInPulumiStack(async () => program())
    } finally {
      await runtime.disconnect()
    }
  })
  await rejections.settle()
  const [rejection] = rejections.found
  if (rejection) throw rejection
  return registered(engine)
}

/** Everything that a run left, once it ended well. */
export function registered(engine: MiniEngine): Registered {
  const errors = engine.logs.filter(({ severity }) => severity === 'error').map(({ message }) => message)
  const problems = [...engine.problems, ...errors]
  if (problems.length > 0) throw new RefusedProgram(problems)
  const { registrations, reads, invokes, logs } = engine
  const of = (type: string) =>
    registrations.filter(each => each.type === type).sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    registrations,
    outputs: engine.root()?.outputs ?? {},
    secretOutputPaths: engine.root()?.secretOutputPaths ?? [],
    reads,
    invokes,
    logs,
    of,
    only: (type, name) => {
      const found = of(type).filter(each => name === undefined || each.name === name)
      if (found.length === 1 && found[0]) return found[0]
      const what = name === undefined ? type : `${type} ${name}`
      const names = of(type).map(each => each.name)
      throw new Error(
        `${found.length} of ${what} are registered; of this type: ${names.join(', ') || 'none'}`,
      )
    },
  }
}

export const qualified = (project: string, key: string) => (key.includes(':') ? key : `${project}:${key}`)

/** Configuration as the engine hands it to a program: texts, under the names of their projects. */
export function configOf(project: string, config: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(config).map(([key, value]): [string, string] => [
    qualified(project, key),
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return { 'aws:region': REGION, ...Object.fromEntries(entries) }
}

/** Not in the declarations, but what the SDK's own inline programs run in (automation/server.js). */
const { withLocalStorage } = state as unknown as {
  withLocalStorage: <Result>(run: () => Promise<Result>) => Promise<Result>
}

/** A failed registration rejects outputs that nobody waits for; the run reports them, and the test runner does not see them. */
function collectRejections() {
  const listeners = process.listeners('unhandledRejection')
  const found: unknown[] = []
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', reason => found.push(reason))
  return {
    found,
    /** Rejections are reported after the microtasks of a turn. */
    settle: () => new Promise(resolve => setImmediate(() => setImmediate(resolve))),
    [Symbol.dispose]: () => {
      process.removeAllListeners('unhandledRejection')
      for (const listener of listeners) process.on('unhandledRejection', listener)
    },
  }
}
