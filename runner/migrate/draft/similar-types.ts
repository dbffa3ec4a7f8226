import type { TypeShape } from '../../sql/schema-change.ts'

const FAMILIES: readonly (readonly string[])[] = [
  ['text', 'varchar', 'bpchar', 'citext'],
  ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money'],
  ['timestamp', 'timestamptz', 'date'],
  ['time', 'timetz'],
  ['json', 'jsonb'],
  ['bit', 'varbit'],
]

/** Whether values of one type could have moved to the other: the same type, or one of its family. */
export function similarTypes(a: TypeShape, b: TypeShape): boolean {
  if (a.array !== b.array) return false
  return a.name === b.name || FAMILIES.some(family => family.includes(a.name) && family.includes(b.name))
}
