import type { ColumnType } from '../locks/type-change.ts'

/** Types whose every value the listed ones hold as well, by Postgres' own names; modifiers are looked at apart. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  int2: ['int4', 'int8', 'numeric', 'float4', 'float8'],
  int4: ['int8', 'numeric', 'float8'],
  int8: ['numeric'],
  float4: ['float8'],
  varchar: ['text'],
  text: ['varchar'],
  cidr: ['inet'],
}

/** Types whose one modifier is a limit that may grow. */
const LIMITED = new Set(['varchar', 'varbit', 'timestamp', 'timestamptz', 'time', 'timetz'])

/** Whether a column can change from one type to the other without a value being refused or altered. */
export function keepsEveryValue(from: ColumnType, to: ColumnType): boolean {
  if (from.isArray !== to.isArray || from.schema !== to.schema) return false
  if (from.name === to.name) {
    if (from.modifiers.join() === to.modifiers.join()) return true
    if (to.modifiers.length === 0) return from.name === 'numeric' || LIMITED.has(from.name)
    const [limit, next] = [from.modifiers[0], to.modifiers[0]]
    return LIMITED.has(from.name) && limit !== undefined && next !== undefined && next >= limit
  }
  return to.modifiers.length === 0 && (WIDER[from.name]?.includes(to.name) ?? false)
}
