import type { Node } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import type { Statement } from '../parse.ts'
import { mentionedRelations, nameParts, walk } from './parse-tree.ts'

/** Every relation that statements may mean, by whatever kind of clause; names too many harm nobody. */
export function namedRelations(statements: readonly Pick<Statement, 'node'>[]): RelationName[] {
  const found = statements.flatMap(({ node }) => {
    const names = mentionedRelations(node)
    walk(node, (key, value) => {
      if (key === 'Constraint' && typeof value.indexname === 'string')
        names.push({ schema: undefined, name: value.indexname })
      if (key === 'List') names.push(...readings(nameParts({ List: value } as Node)))
    })
    return names
  })
  const byPlace = new Map(found.map(each => [JSON.stringify([each.schema, each.name]), each]))
  return [...byPlace.values()]
}

/** `a.b.c` is a column of `a.b`, or `b.c` of database `a`; `a.b` a relation, or something that belongs to `a`. */
function readings(parts: readonly string[]): RelationName[] {
  return [parts, parts.slice(0, -1)].flatMap(each => {
    const name = each.at(-1)
    return name === undefined ? [] : [{ schema: each.at(-2), name }]
  })
}
