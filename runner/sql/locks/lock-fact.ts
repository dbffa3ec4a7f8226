import type { RelationName } from '../classify.ts'

/** Postgres' table locks, weakest first (manual, "Explicit Locking"). */
export const LOCK_MODES = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const

export type LockMode = (typeof LOCK_MODES)[number]

/** What other sessions cannot do with the relation meanwhile. */
export type Blocks = 'nothing' | 'writes' | 'reads and writes' | 'unknown'

/** `unknown` is said wherever the text and the catalogue given do not decide; never `no`. */
export type Answer = 'yes' | 'no' | 'unknown'

/** What a statement does to one relation while it runs, and until its transaction ends. */
export interface LockFact {
  /** `undefined`: some relation that the statement does not name. */
  readonly relation: RelationName | undefined
  readonly mode: LockMode | 'unknown'
  readonly blocks: Blocks
  /** Its rows are written anew, to a new file. */
  readonly rewrite: Answer
  /** The rows are read: a check, an index build, a query. */
  readonly scan: Answer
  /** Made earlier in the same plan: nobody waits for it, whatever the lock. */
  readonly isNew: boolean
  /** Why, where the mode alone does not tell. */
  readonly note?: string
}

/** What a statement may say about a relation besides its lock. */
export interface LockDetail {
  readonly rewrite?: Answer
  readonly scan?: Answer
  readonly note?: string | undefined
  /** Where more is blocked than the mode itself blocks. */
  readonly blocks?: Blocks
}

/** Readers take ACCESS SHARE, writers ROW EXCLUSIVE; this is the manual's conflict table for those two. */
function blockedBy(mode: LockMode | 'unknown'): Blocks {
  if (mode === 'unknown') return 'unknown'
  if (mode === 'ACCESS EXCLUSIVE') return 'reads and writes'
  return LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf('SHARE') ? 'writes' : 'nothing'
}

/** A fact about one relation; neither rewritten nor read unless `detail` says so. */
export function fact(
  relation: RelationName | undefined,
  mode: LockMode | 'unknown',
  detail: LockDetail = {},
): LockFact {
  const { rewrite = 'no', scan = 'no', note, blocks = blockedBy(mode) } = detail
  return { relation, mode, blocks, rewrite, scan, isNew: false, ...(note === undefined ? {} : { note }) }
}

/** The one fact of a statement nobody can tell anything about. */
export function unknownFact(note: string, relation?: RelationName): LockFact {
  return fact(relation, 'unknown', { rewrite: 'unknown', scan: 'unknown', note })
}

/** Facts about the same relation as one: the strongest lock, and everything that is done under it. */
export function mergeFacts(facts: readonly LockFact[]): LockFact[] {
  const groups = Map.groupBy(facts, ({ relation }) =>
    relation ? JSON.stringify([relation.schema, relation.name]) : '',
  )
  return [...groups.values()].map(group => {
    const notes = new Set(group.flatMap(({ note }) => note ?? []))
    const strongest = group.reduce((a, b) => (strength(b.mode) > strength(a.mode) ? b : a))
    return {
      relation: strongest.relation,
      mode: strongest.mode,
      blocks: group.map(({ blocks }) => blocks).reduce(worseBlock),
      rewrite: group.map(({ rewrite }) => rewrite).reduce(either),
      scan: group.map(({ scan }) => scan).reduce(either),
      isNew: group.some(({ isNew }) => isNew),
      ...(notes.size > 0 ? { note: [...notes].join('; ') } : {}),
    }
  })
}

/** One of two answers being `yes` is a yes; else one that is not known leaves it open. */
export function either(a: Answer, b: Answer): Answer {
  if (a === 'yes' || b === 'yes') return 'yes'
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'no'
}

const BLOCKS_BY_WEIGHT: readonly Blocks[] = ['nothing', 'writes', 'unknown', 'reads and writes']

function worseBlock(a: Blocks, b: Blocks): Blocks {
  return BLOCKS_BY_WEIGHT.indexOf(b) > BLOCKS_BY_WEIGHT.indexOf(a) ? b : a
}

/** An unknown lock may be any, so it stands for the strongest but one that is known to be the strongest. */
function strength(mode: LockMode | 'unknown'): number {
  return mode === 'unknown' ? LOCK_MODES.length - 1.5 : LOCK_MODES.indexOf(mode)
}
