import type { RelationName } from '../../sql/classify.ts'

export const REPAIR_KINDS = ['failed-row', 'checksum', 'invalid-index', 'missing-folder'] as const

export type RepairKind = (typeof REPAIR_KINDS)[number]

interface Described {
  /** The migration or the index. */
  readonly subject: string
  /** What is done, in words. */
  readonly action: string
  /** What shows that it is right. */
  readonly proof: string
}

/** Nothing of the failed file is in the database: its row is closed, and deploy runs it anew. */
export interface CloseRow extends Described {
  readonly kind: 'failed-row'
  readonly how: 'rolled-back'
  readonly migration: string
}

/** All of it is: the rows that `resolve --applied` writes. */
export interface FinishRow extends Described {
  readonly kind: 'failed-row'
  readonly how: 'applied'
  readonly migration: string
  readonly checksum: string
}

/** A statement of a failed file as the ledger is to know it. */
export interface RecordedStatement {
  readonly ordinal: number
  readonly checksum: string
  readonly summary: string
  /** `failed`: it left an INVALID index, which the next deploy drops before it builds it anew. */
  readonly state: 'applied' | 'failed'
}

/** A part of it is: our own record of that part beside the open row, from which deploy goes on. */
export interface ContinueRow extends Described {
  readonly kind: 'failed-row'
  readonly how: 'goes-on'
  readonly migration: string
  readonly rowStartedAt: Date
  readonly statements: readonly RecordedStatement[]
}

export interface UpdateChecksum extends Described {
  readonly kind: 'checksum'
  readonly migration: string
  readonly rowId: string
  readonly recorded: string
  readonly checksum: string
}

export interface MendIndex extends Described {
  readonly kind: 'invalid-index'
  readonly how: 'drop' | 'rebuild'
  readonly index: RelationName
  /** The object id the plan was made for: another index of that name is another matter. */
  readonly oid: number
}

export type Repair = CloseRow | FinishRow | ContinueRow | UpdateChecksum | MendIndex

/** Something that is wrong and that nothing proves how to put right. */
export interface LeftAlone {
  readonly kind: RepairKind
  readonly subject: string
  readonly reason: string
  /** The way out by hand: sentences, and commands on lines of their own. */
  readonly instead: readonly string[]
}

/** Plain data: what is repaired, in order, and what is left to a person. */
export interface RepairPlan {
  readonly repairs: readonly Repair[]
  readonly left: readonly LeftAlone[]
}
