import type { Statement } from '../../sql/parse.ts'
import type { ClassifiedStatement, Script } from '../plan/script.ts'
import type { Replay } from './replay.ts'
import { isShownByCatalogue, mayRunAgain, mayTakeAwayUnnamed } from './statement-traces.ts'

/** How much of a failed file is in the database. */
export type Extent =
  /** The first `count` statements. Those behind them as far as `upTo` may be there or not, and may run again. */
  | { readonly kind: 'known'; readonly count: number; readonly upTo: number }
  /** These statements may be among them or not: the catalogue does not show it. */
  | { readonly kind: 'ambiguous'; readonly statements: readonly ClassifiedStatement[] }
  /** The database is like no beginning of the file; like the first `nearest` statements most. */
  | { readonly kind: 'none'; readonly nearest: number }
  /** This statement does not run on the shadow, so what lies behind it is not known. */
  | { readonly kind: 'unknown-behind'; readonly statement: ClassifiedStatement }

/**
 * Which beginning of a file gives the catalogue that is there. Statements run in their order, so a trace of one proves all
 * before it; statements that leave no trace are in doubt where nothing behind them is there either, unless running them
 * again does no harm. Of what the file itself puts between BEGIN and COMMIT a part cannot be there.
 */
export function findExtent(
  replay: Replay,
  { statements, leftOut }: Pick<Script, 'statements' | 'leftOut'>,
): Extent {
  const { steps } = replay
  const countBefore = ({ index }: Statement) => statements.filter(each => each.index < index).length
  const parts = leftOut.flatMap((begin, place) => {
    const commit = leftOut[place + 1]
    return place % 2 === 0 && commit ? [{ from: countBefore(begin), to: countBefore(commit) }] : []
  })
  const complete = steps.length === statements.length + 1
  const counts = [...steps.keys()]
    .filter(count => !parts.some(({ from, to }) => from < count && count < to))
    .filter(count => matches(replay, count))
  const [least, most] = [counts.at(0), counts.at(-1)]
  if (least === undefined || most === undefined) {
    const fewest = Math.min(...steps.map(({ differences }) => differences.length))
    return { kind: 'none', nearest: steps.findIndex(({ differences }) => differences.length === fewest) }
  }
  const stuck = complete ? undefined : statements[steps.length - 1]
  if (stuck && most < steps.length - 1 && couldBeUndone(replay, most, statements.slice(steps.length - 1)))
    return { kind: 'unknown-behind', statement: stuck }
  // Where the shadow cannot run the next one, it may have succeeded here all the same, if its success shows nowhere.
  const last = stuck && most === steps.length - 1 && !isShownByCatalogue(stuck.node) ? most + 1 : most
  const doubtful = statements.slice(least, last).filter(({ node }) => !mayRunAgain(node))
  return doubtful.length === 0
    ? { kind: 'known', count: least, upTo: last }
    : { kind: 'ambiguous', statements: doubtful }
}

/** Whether the live schema is what the applied history yields, and some beginning of the failed file, if there is one. */
export function agrees(replay: Replay): boolean {
  return replay.steps.some((_, count) => matches(replay, count))
}

function matches({ steps, live }: Replay, count: number): boolean {
  if ((steps[count]?.differences.length ?? 1) > 0) return false
  // Some extra objects are no drift (partitions, extensions); one that a statement behind this place makes is a trace of it.
  return presentAt(steps, count).every(([id, present]) => present || !live.has(id))
}

/** Which objects that the file makes or takes away are there after `count` statements. */
function presentAt(steps: Replay['steps'], count: number): (readonly [string, boolean])[] {
  const present = new Map<string, boolean>()
  for (const { appeared, vanished } of steps.slice(count + 1).toReversed()) {
    for (const id of appeared) present.set(id, false)
    for (const id of vanished) present.set(id, true)
  }
  for (const { appeared, vanished } of steps.slice(0, count + 1)) {
    for (const id of appeared) present.set(id, true)
    for (const id of vanished) present.set(id, false)
  }
  return [...present].filter(([id]) => !isPublicSchema(id))
}

/** A new database has it whether or not a history says so. */
const isPublicSchema = (id: string) => id === 'schema public' || id.startsWith('schema public to ')

/**
 * Whether statements that could not be tried could have taken back everything that those behind `count` make: each of their
 * objects is named in one of them, or one may take away what it does not name.
 */
function couldBeUndone({ steps }: Replay, count: number, untried: readonly ClassifiedStatement[]): boolean {
  if (untried.some(({ node }) => mayTakeAwayUnnamed(node))) return true
  const named = new Set(untried.flatMap(({ text }) => wordsOf(text)))
  const made = steps.slice(count + 1).flatMap(({ appeared }) => appeared)
  return made.every(id => wordsOf(id.slice(id.indexOf('.') + 1)).some(word => named.has(word)))
}

const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []
