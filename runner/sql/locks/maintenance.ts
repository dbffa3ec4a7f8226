import type { ClusterStmt, RefreshMatViewStmt, VacuumStmt } from 'libpg-query'
import { fact, type LockFact, unknownFact } from './lock-fact.ts'
import { optionNames, relationOf } from './parse-tree.ts'
import { findRelation, type TableFacts } from './table-facts.ts'
import { withChildren } from './tables.ts'

/** VACUUM and ANALYZE. */
export function vacuumFacts(statement: VacuumStmt, known: TableFacts | undefined): LockFact[] {
  const tables = (statement.rels ?? []).flatMap(node =>
    'VacuumRelation' in node ? [relationOf(node.VacuumRelation.relation)] : [],
  )
  const full = optionNames(statement.options).includes('full')
  if (tables.length === 0)
    return [
      full
        ? fact(undefined, 'ACCESS EXCLUSIVE', REWRITTEN)
        : fact(undefined, 'SHARE UPDATE EXCLUSIVE', { note: 'every table, one after another' }),
    ]
  return withChildren(tables, known).map(each => {
    if (full) return fact(each, 'ACCESS EXCLUSIVE', REWRITTEN)
    if (statement.is_vacuumcmd) return fact(each, 'SHARE UPDATE EXCLUSIVE', { scan: 'yes' })
    return fact(each, 'SHARE UPDATE EXCLUSIVE', { note: 'reads a sample' })
  })
}

const REWRITTEN = { rewrite: 'yes', scan: 'yes' } as const

export function clusterFacts({ relation }: ClusterStmt): LockFact[] {
  if (!relation) return [fact(undefined, 'ACCESS EXCLUSIVE', { ...REWRITTEN, note: 'every clustered table' })]
  return [fact(relationOf(relation), 'ACCESS EXCLUSIVE', REWRITTEN)]
}

/** REFRESH MATERIALIZED VIEW; CONCURRENTLY changes only the rows that differ, and readers go on. */
export function refreshFacts(statement: RefreshMatViewStmt, known: TableFacts | undefined): LockFact[] {
  const view = relationOf(statement.relation)
  const relation = findRelation(known, view)
  const scan = statement.skipData ? 'no' : 'unknown'
  const sources = relation
    ? relation.reads.map(each => fact(each, 'ACCESS SHARE', { scan }))
    : [unknownFact('the tables that the view reads')]
  const own = statement.concurrent
    ? fact(view, 'EXCLUSIVE', { scan: 'yes' })
    : fact(view, 'ACCESS EXCLUSIVE', { rewrite: 'yes', scan })
  return [own, ...sources]
}
