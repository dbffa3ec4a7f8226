import type { HookEvent } from './hook-files.ts'
import type { Hook } from './hook-plan.ts'

/** What became of one hook at one place of the run. */
export interface HookOutcome {
  readonly event: HookEvent
  /** Its file's name in `hooks/`. */
  readonly hook: string
  /** The migration it stood before or behind; `null` for those of the run. */
  readonly migration: string | null
  readonly state: 'done' | 'failed' | 'not-run'
  readonly durationMs: number | null
}

/** Every hook of a run in the order of their turns, as long as none has run. */
export function plannedHooks(hooks: readonly Hook[], migrations: readonly string[]): HookOutcome[] {
  const at = (event: HookEvent, migration: string | null) =>
    hooks
      .filter(hook => hook.event === event)
      .map(({ name }): HookOutcome => ({ event, hook: name, migration, state: 'not-run', durationMs: null }))
  return [
    ...at('before-run', null),
    ...migrations.flatMap(name => [...at('before-migration', name), ...at('after-migration', name)]),
    ...at('after-run', null),
  ]
}
