import { HowdahError } from '../../core/errors.ts'
import { mayChangeSchema } from '../../sql/data-only.ts'
import { fitsOneTransaction, locate, readScript, type Script } from '../plan/script.ts'
import { HOOKS, type HookEvent, readHookFiles } from './hook-files.ts'

/** A hook that is ready to run: its SQL is read by Postgres' grammar. */
export type Hook = { readonly event: HookEvent; readonly name: string } & (
  | { readonly kind: 'sql'; readonly script: Script<string>; readonly changesSchema: boolean }
  | { readonly kind: 'program'; readonly path: string }
)

/**
 * Reads `hooks/` beside `migrations/`.
 * @throws HowdahError hook-invalid, migration-sql-invalid, statement-unsupported, directive-invalid
 */
export async function planHooks(directory: string): Promise<readonly Hook[]> {
  const hooks: Hook[] = []
  for (const file of readHookFiles(directory)) {
    if (file.kind === 'program') {
      hooks.push(file)
      continue
    }
    const { event, name, text } = file
    const script = await readScript(HOOKS, name, text)
    if (!fitsOneTransaction(script.statements) || script.directives.transaction === 'statement')
      throw needsTransaction(script)
    hooks.push({ event, name, kind: 'sql', script, changesSchema: script.statements.some(mayChangeSchema) })
  }
  return hooks
}

function needsTransaction(script: Script<string>): HowdahError {
  const params = {
    location: locate(script, 0),
    statement: 'a statement of it',
    reason: 'refuses a transaction, or the file does, and a hook is one',
    instead: 'make the hook a program that runs it (psql), or put it into the extra.sql of a migration.',
  }
  return new HowdahError('statement-unsupported', params)
}
