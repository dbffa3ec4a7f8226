import { HowdahError } from '../../core/errors.ts'
import { step } from '../../core/progress.ts'
import type { Runtime } from '../../core/runtime.ts'
import { withTimeLimit } from '../../core/time-limit.ts'
import { formatDuration } from '../../core/units.ts'
import type { Connection } from '../../postgres/connect.ts'
import { explainError } from '../../postgres/explain.ts'
import { logEvent } from '../events.ts'
import type { MigrationLimits } from '../execute/lock-policy.ts'
import { type HookContext, hookEnvironment, listed } from './hook-context.ts'
import { HOOKS, type HookEvent } from './hook-files.ts'
import { type HookOutcome, plannedHooks } from './hook-outcome.ts'
import type { Hook } from './hook-plan.ts'
import { runProgram } from './run-program.ts'
import { runSqlHook } from './run-sql.ts'
import { whileAwake } from './stay-awake.ts'

/** How hooks run. */
export interface HookOptions {
  readonly hookTimeoutMs: number
  /** The project's directory: where programs start. */
  readonly directory: string
  /** Our own environment, which programs inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly verb: string
}

export interface HookSurroundings {
  readonly connection: Connection
  readonly runtime: Runtime
  readonly limits: MigrationLimits
  /** The database by the name of its folder. */
  readonly database: string
  /** The migrations of the plan. */
  readonly migrations: readonly string[]
}

/** A user who interrupts does not wait long for what should be told about it, in milliseconds. */
const AFTER_INTERRUPTION_MS = 10_000

const AGAIN = 'Put the hook right and run `howdah migrate deploy` again.'

/** What the execution of a plan calls. */
export type MigrationHooks = Pick<HookRunner, 'hasMigrationHooks' | 'beforeRun' | 'aroundMigration'>

/** For a run that has none, as on a shadow. */
export const NO_HOOKS: MigrationHooks = {
  hasMigrationHooks: false,
  beforeRun: async () => undefined,
  aroundMigration: (_migration, body) => body(),
}

/** The hooks of one run, each run at its place, and what became of them. */
export class HookRunner {
  readonly #hooks: readonly Hook[]
  readonly #options: HookOptions | undefined
  readonly #around: HookSurroundings
  readonly #outcomes: HookOutcome[]
  #startedMs: number | undefined
  #changedSchema = false

  constructor(hooks: readonly Hook[], options: HookOptions | undefined, around: HookSurroundings) {
    this.#hooks = options ? hooks : []
    this.#options = options
    this.#around = around
    this.#outcomes = plannedHooks(this.#hooks, around.migrations)
  }

  /** Every planned hook, in order. */
  get outcomes(): readonly HookOutcome[] {
    return this.#outcomes
  }

  /** Whether anything stands before or behind single migrations. */
  get hasMigrationHooks(): boolean {
    return this.#hooks.some(({ event }) => event === 'before-migration' || event === 'after-migration')
  }

  /** Whether the SQL of a hook that ran may have changed the schema; what a program did nobody knows. */
  get changedSchema(): boolean {
    return this.#changedSchema
  }

  /** Whether the SQL of an after-run hook may change the schema. */
  get endChangesSchema(): boolean {
    return this.#hooks.some(hook => hook.event === 'after-run' && hook.kind === 'sql' && hook.changesSchema)
  }

  /** @throws HowdahError hook-failed and others, of the first that fails: nothing may be applied then */
  async beforeRun(): Promise<void> {
    this.#around.runtime.signal.throwIfAborted()
    this.#startedMs = this.#around.runtime.clock.monotonicMs()
    await this.#runAll('before-run', null, {}, `Nothing was applied. ${AGAIN}`)
  }

  /** @throws HowdahError of the body and of the hooks */
  async aroundMigration(migration: string, body: () => Promise<void>): Promise<void> {
    const { clock } = this.#around.runtime
    const started = clock.monotonicMs()
    const before = `${migration} was not begun; what comes before it is applied. ${AGAIN}`
    await this.#runAll('before-migration', migration, {}, before)
    await body()
    const facts = { outcome: 'applied', duration_ms: String(Math.round(clock.monotonicMs() - started)) }
    const after = `${migration} is applied, and what comes after it is not. Put the hook right, run it by hand if it has to be, since no later run runs it for this migration, and deploy again.`
    await this.#runAll('after-migration', migration, facts, after)
  }

  /** Runs what stands at the end, if the run has begun: all of it, also after a failure. @returns the first problem */
  async afterRun(problem: HowdahError | undefined): Promise<HowdahError | undefined> {
    if (this.#startedMs === undefined) return undefined
    const { clock } = this.#around.runtime
    const facts = {
      outcome:
        !problem || problem.code === 'pooler-not-told'
          ? 'applied'
          : problem.code === 'interrupted'
            ? 'interrupted'
            : 'failed',
      ...(problem ? { error_code: problem.code } : {}),
      duration_ms: String(Math.round(clock.monotonicMs() - this.#startedMs)),
    }
    const remains =
      facts.outcome === 'applied'
        ? 'The schema is applied; this hook alone failed. Run it by hand, or with the next deploy that has something to do.'
        : 'The run had failed before; this hook is run again by the next deploy that has something to do.'
    let first: HowdahError | undefined
    for (const hook of this.#at('after-run')) {
      try {
        await this.#run(hook, null, facts, remains)
      } catch (error) {
        const failure = explainError(error)
        if (first) first.attachCleanup(failure)
        else first = failure
      }
    }
    return first
  }

  #at(event: HookEvent): readonly Hook[] {
    return this.#hooks.filter(hook => hook.event === event)
  }

  async #runAll(
    event: HookEvent,
    migration: string | null,
    facts: HookContext,
    remains: string,
  ): Promise<void> {
    for (const hook of this.#at(event)) await this.#run(hook, migration, facts, remains)
  }

  async #run(hook: Hook, migration: string | null, facts: HookContext, remains: string): Promise<void> {
    const { runtime } = this.#around
    const started = runtime.clock.monotonicMs()
    const settle = (state: HookOutcome['state']) => {
      const durationMs = Math.round(runtime.clock.monotonicMs() - started)
      const isThis = (each: HookOutcome) =>
        each.event === hook.event && each.hook === hook.name && each.migration === migration
      this.#outcomes.splice(this.#outcomes.findIndex(isThis), 1, {
        event: hook.event,
        hook: hook.name,
        migration,
        state,
        durationMs,
      })
    }
    try {
      const title = migration === null ? `Hook ${hook.name}` : `Hook ${hook.name} (${migration})`
      const context = this.#context(hook.event, migration, facts)
      await step(
        runtime.progress,
        title,
        () => this.#bounded(hook, context, remains),
        () => '',
      )
    } catch (error) {
      settle('failed')
      throw error
    }
    settle('done')
    if (hook.kind === 'sql' && hook.changesSchema) this.#changedSchema = true
  }

  /** Within its time. After an interruption, which has ended everything else, a hook at the end gets a short one of its own. */
  async #bounded(hook: Hook, context: HookContext, remains: string): Promise<void> {
    const { runtime } = this.#around
    const { hookTimeoutMs = 0 } = this.#options ?? {}
    const interrupted = runtime.signal.aborted
    const limitMs = interrupted ? Math.min(hookTimeoutMs, AFTER_INTERRUPTION_MS) : hookTimeoutMs
    const given = interrupted ? { ...runtime, signal: new AbortController().signal } : runtime
    const tooLong = () => {
      const setting = interrupted ? 'after an interruption it gets no more' : 'hookTimeoutMs'
      return failed(
        hook,
        `it took longer than ${formatDuration(limitMs)} (${setting}) and was ended`,
        remains,
        [],
      )
    }
    await withTimeLimit(given, limitMs, tooLong, signal => this.#body(hook, context, remains, signal))
  }

  async #body(hook: Hook, context: HookContext, remains: string, signal: AbortSignal): Promise<void> {
    const { connection, limits } = this.#around
    const runtime = { ...this.#around.runtime, signal }
    if (hook.kind === 'sql') return runSqlHook(connection, hook.script, context, { limits, runtime, remains })
    const { directory = '.', environment = {} } = this.#options ?? {}
    const program = runProgram({
      path: hook.path,
      directory,
      environment: hookEnvironment(context, environment),
      onLine: line =>
        logEvent(runtime.log, 'hook.output', `${hook.name} | ${line}`, {
          hook: hook.name,
          migration: context.migration ?? null,
        }),
      clock: runtime.clock,
      signal,
    })
    const { failure, tail } = await whileAwake(connection, runtime.clock, program)
    if (failure !== undefined) throw failed(hook, failure, remains, tail)
  }

  #context(event: HookEvent, migration: string | null, facts: HookContext): HookContext {
    const { connection, runtime, database, migrations } = this.#around
    const { host, port, user, database: databaseName, schema } = connection.target
    return {
      event,
      run_id: runtime.runId,
      verb: this.#options?.verb ?? '',
      database,
      database_name: databaseName,
      host,
      port: String(port),
      user,
      schema,
      ...(migration === null ? {} : { migration }),
      migrations: listed(migrations),
      migration_count: String(migrations.length),
      ...facts,
    }
  }
}

function failed(
  { name, event }: Hook,
  reason: string,
  remains: string,
  tail: readonly string[],
): HowdahError {
  const hook = `${HOOKS}/${name}`
  const excerpt = tail.length > 0 ? tail.map(line => `  | ${line}`).join('\n') : undefined
  return new HowdahError(
    'hook-failed',
    { hook, reason, remains },
    { details: { location: hook, event }, ...(excerpt === undefined ? {} : { excerpt }) },
  )
}
