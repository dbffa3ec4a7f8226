import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { closest } from 'fastest-levenshtein'
import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'

/** Where a hook stands in a run. */
export const HOOK_EVENTS = ['before-run', 'before-migration', 'after-migration', 'after-run'] as const

export type HookEvent = (typeof HOOK_EVENTS)[number]

/** One file of `hooks/`: SQL with its text, or a program. */
export type HookFile = { readonly event: HookEvent; readonly name: string } & (
  | { readonly kind: 'sql'; readonly text: string }
  | { readonly kind: 'program'; readonly path: string }
)

/** The folder's name beside `migrations/`, and the first part of a hook's place in messages. */
export const HOOKS = 'hooks'

/**
 * The hooks of a database, in the order of their names; none where there is no such folder. Passed over: hidden files,
 * README, and folders, which hold what hooks need.
 * @throws HowdahError hook-invalid, migrations-unreadable
 */
export function readHookFiles(directory: string): readonly HookFile[] {
  const folder = join(directory, HOOKS)
  try {
    return readdirSync(folder)
      .filter(name => !/^(\.|README(\.|$))/i.test(name))
      .sort()
      .flatMap(name => readHook(folder, name))
  } catch (error) {
    if (error instanceof HowdahError) throw error
    if (systemCodeOf(error) === 'ENOENT') return []
    throw new HowdahError(
      'migrations-unreadable',
      { path: folder, reason: messageOf(error) },
      { cause: error },
    )
  }
}

function readHook(folder: string, name: string): HookFile[] {
  const path = join(folder, name)
  const hook = `${HOOKS}/${name}`
  const event = eventOf(name)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() && event === undefined) return []
  if (event === undefined) throw unknownEvent(hook, name)
  if (!stats?.isFile()) {
    const problem = stats ? 'is not a file' : 'leads nowhere: the file it links to does not exist'
    throw new HowdahError('hook-invalid', {
      hook,
      problem,
      instead: 'A hook is a file: put one there, or remove it.',
    })
  }
  if (name.endsWith('.sql')) return [{ event, name, kind: 'sql', text: readFileSync(path, 'utf8') }]
  if (!isExecutable(path)) {
    const problem = 'is neither SQL (.sql) nor executable, so it would never run'
    throw new HowdahError('hook-invalid', {
      hook,
      problem,
      instead: `Make it executable: chmod +x ${shellWord(path)}`,
    })
  }
  return [{ event, name, kind: 'program', path }]
}

/** The event at the head of a name: `after-run-notify.sh` stands at after-run, `before-runner.sh` nowhere. */
export function eventOf(name: string): HookEvent | undefined {
  return HOOK_EVENTS.find(event => name.startsWith(event) && !/^[a-z0-9]/i.test(name.slice(event.length)))
}

function unknownEvent(hook: string, name: string): HowdahError {
  const head = /^[a-z0-9]*([-_ ][a-z0-9]*)?/i.exec(name)?.[0].toLowerCase() ?? ''
  const near = closest(head, HOOK_EVENTS)
  return new HowdahError('hook-invalid', {
    hook,
    problem: `its name begins with none of ${HOOK_EVENTS.join(', ')}`,
    instead: `Did you mean ${near}? Rename it; or put it into a folder below ${HOOKS}/, which is passed over.`,
  })
}

/** For root as well, whom the system lets execute what has any such bit. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const shellWord = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
