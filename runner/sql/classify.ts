import type { RangeVar } from 'libpg-query'
import type { Statement } from './parse.ts'

/** A relation as a statement names it; `schema` is absent where the search path decides. */
export interface RelationName {
  readonly schema: string | undefined
  readonly name: string
}

/** What the runner has to know about a statement before it sends it. */
export type StatementClass =
  /** Runs inside a transaction block like any other. */
  | { readonly kind: 'ordinary' }
  /** Adds a label to an enum: usable only after the transaction that added it has committed (55P04). */
  | { readonly kind: 'enum-value'; readonly label: string }
  | { readonly kind: 'index-build'; readonly index: string | undefined; readonly table: RelationName }
  | { readonly kind: 'index-drop'; readonly indexes: readonly RelationName[] }
  /** Must run outside a transaction block and may simply be run again: VACUUM, REINDEX CONCURRENTLY. */
  | { readonly kind: 'repeatable-alone'; readonly what: string }
  /** BEGIN, COMMIT, ROLLBACK, SAVEPOINT… */
  | { readonly kind: 'transaction-control'; readonly what: string }
  /** Must run outside a transaction block, and nothing could tell after a crash whether it took effect. */
  | {
      readonly kind: 'unsupported'
      readonly what: string
      readonly reason: string
      readonly instead: string
      /** The server would run it, alone; only what became of it after a crash is for a person to find out. */
      readonly byHand: boolean
    }

const ALONE = 'cannot run inside a transaction and cannot be resumed after a crash'
const BY_HAND =
  'run it by hand once, outside the migration history; or ask for it: `-- howdah: transaction=none` at the head of a file of its own.'

const CONTROL: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'START TRANSACTION',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE SAVEPOINT',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK TO SAVEPOINT',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
}

/** The manual's pages on each command are the source of which ones refuse a transaction block ("cannot be executed inside"). */
export function classify({ node }: Statement): StatementClass {
  if ('TransactionStmt' in node) {
    return {
      kind: 'transaction-control',
      what: CONTROL[node.TransactionStmt.kind ?? ''] ?? 'transaction control',
    }
  }
  if ('AlterEnumStmt' in node && node.AlterEnumStmt.newVal && !node.AlterEnumStmt.oldVal) {
    return { kind: 'enum-value', label: node.AlterEnumStmt.newVal }
  }
  if ('IndexStmt' in node && node.IndexStmt.concurrent) {
    const { idxname, relation } = node.IndexStmt
    return { kind: 'index-build', index: idxname, table: relationName(relation) }
  }
  if ('DropStmt' in node && node.DropStmt.concurrent) {
    return { kind: 'index-drop', indexes: (node.DropStmt.objects ?? []).map(qualifiedName) }
  }
  if ('VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd)
    return { kind: 'repeatable-alone', what: 'VACUUM' }
  if ('ReindexStmt' in node) {
    const concurrent = node.ReindexStmt.params?.some(
      param => 'DefElem' in param && param.DefElem.defname === 'concurrently',
    )
    const wide =
      node.ReindexStmt.kind !== 'REINDEX_OBJECT_INDEX' && node.ReindexStmt.kind !== 'REINDEX_OBJECT_TABLE'
    if (concurrent || wide) return { kind: 'repeatable-alone', what: 'REINDEX' }
  }
  if ('ClusterStmt' in node && !node.ClusterStmt.relation)
    return { kind: 'repeatable-alone', what: 'CLUSTER' }
  const unsupported = unsupportedCommand(node)
  if (unsupported)
    return { kind: 'unsupported', what: unsupported, reason: ALONE, instead: BY_HAND, byHand: true }
  if ('CopyStmt' in node && node.CopyStmt.is_from && !node.CopyStmt.filename && !node.CopyStmt.is_program) {
    const reason = 'FROM STDIN has its rows in the file, which is a feature of psql and not of SQL'
    return {
      kind: 'unsupported',
      what: 'COPY',
      reason,
      instead: 'write the rows as INSERT statements, or load them with a seed.',
      byHand: false,
    }
  }
  return { kind: 'ordinary' }
}

function unsupportedCommand(node: Statement['node']): string | undefined {
  if ('CreatedbStmt' in node) return 'CREATE DATABASE'
  if ('DropdbStmt' in node) return 'DROP DATABASE'
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE'
  if ('DropTableSpaceStmt' in node) return 'DROP TABLESPACE'
  if ('AlterSystemStmt' in node) return 'ALTER SYSTEM'
  if ('CreateSubscriptionStmt' in node) return 'CREATE SUBSCRIPTION'
  if ('DropSubscriptionStmt' in node) return 'DROP SUBSCRIPTION'
  if ('AlterTableStmt' in node && detachesConcurrently(node.AlterTableStmt.cmds ?? [])) {
    return 'DETACH PARTITION CONCURRENTLY'
  }
  return undefined
}

function detachesConcurrently(commands: readonly Statement['node'][]): boolean {
  return commands.some(
    command =>
      'AlterTableCmd' in command &&
      command.AlterTableCmd.def !== undefined &&
      'PartitionCmd' in command.AlterTableCmd.def &&
      command.AlterTableCmd.def.PartitionCmd.concurrent === true,
  )
}

function relationName(relation: RangeVar | undefined): RelationName {
  return { schema: relation?.schemaname, name: relation?.relname ?? '' }
}

function qualifiedName(object: Statement['node']): RelationName {
  const parts = 'List' in object ? (object.List.items ?? []) : []
  const names = parts.map(part => ('String' in part ? (part.String.sval ?? '') : ''))
  return { schema: names.at(-2), name: names.at(-1) ?? '' }
}
