import type { ColumnDef, Node, TypeName } from 'libpg-query'
import type { Answer } from './lock-fact.ts'
import { qualified, strings } from './parse-tree.ts'
import { findType, type KnownColumn, type TableFacts } from './table-facts.ts'

/** A type without its aliases: `character varying(20)` and `varchar(20)` are the same one. */
export interface ColumnType {
  readonly name: string
  readonly schema: string | undefined
  readonly modifiers: readonly number[]
  readonly isArray: boolean
}

const BY_FORMAT: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  character: 'bpchar',
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  real: 'float4',
  'double precision': 'float8',
  boolean: 'bool',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  'bit varying': 'varbit',
}

/** Reads what `format_type` prints. */
function parseFormattedType(text: string): ColumnType {
  const isArray = text.endsWith('[]')
  const modifiers = /\(([\d,]+)\)/.exec(text)?.[1]?.split(',').map(Number) ?? []
  const bare = text.replace('[]', '').replace(/\([\d,]+\)/, '')
  const [, schema, name = bare] = /^(?:(.+)\.)?(.+)$/.exec(bare) ?? []
  const plain = name.replaceAll('"', '')
  return { schema, name: BY_FORMAT[plain] ?? plain, modifiers, isArray }
}

/** Reads a type of the parse tree. */
export function typeOf(type: TypeName | undefined): ColumnType {
  const { schema, name } = qualified(strings(type?.names))
  const modifiers = (type?.typmods ?? []).map(constant)
  // INTERVAL(3) carries its field mask before the precision.
  const relevant = name === 'interval' ? modifiers.slice(1) : modifiers
  const isArray = (type?.arrayBounds ?? []).length > 0
  return { name, schema: schema === 'pg_catalog' ? undefined : schema, modifiers: relevant, isArray }
}

function constant(node: Node): number {
  return 'A_Const' in node ? (node.A_Const.ival?.ival ?? 0) : 0
}

const BUILT_IN = new Set(
  `bool int2 int4 int8 float4 float8 numeric money text varchar bpchar char name bytea uuid json jsonb xml date time
   timetz timestamp timestamptz interval inet cidr macaddr macaddr8 bit varbit point line lseg box path polygon circle
   tsvector tsquery int4range int8range numrange tsrange tstzrange daterange oid`.split(/\s+/),
)

/** Serial types are no types: a column, a sequence and a default. */
export function isSerial({ name }: ColumnType): boolean {
  return /^(small|big)?serial[248]?$/.test(name)
}

export function isBuiltIn({ name, schema }: ColumnType): boolean {
  return schema === undefined && BUILT_IN.has(name)
}

/** Whether ALTER COLUMN … TYPE rewrites the table; measured on 15 to 18 (tests/integration/lock-facts.test.ts). */
export function changeRewrites(
  column: string,
  old: KnownColumn | undefined,
  definition: ColumnDef,
  known: TableFacts | undefined,
): Answer {
  const target = typeOf(definition.typeName)
  if (!isPlainConversion(column, definition.raw_default, target)) return 'yes'
  if (old?.type === undefined) return 'unknown'
  const source = parseFormattedType(old.type)
  if (isBuiltIn(source) && isBuiltIn(target)) return builtInChange(source, target, known?.timeZoneIsUtc)
  if (source.name === target.name && source.isArray === target.isArray) return 'no'
  const to = findType(known, target)
  if (to?.kind === 'enum' || to?.kind === 'constrained-domain') return 'yes'
  if (to?.kind === 'domain' && to.base !== undefined) {
    const base = parseFormattedType(to.base)
    if (isBuiltIn(source) && isBuiltIn(base)) return builtInChange(source, base, known?.timeZoneIsUtc)
  }
  if (findType(known, source)?.kind === 'enum' && isBuiltIn(target)) return 'yes'
  return 'unknown'
}

/** No USING, or one that only says what happens anyway: `c` or `c::type`. Anything else computes each row anew. */
export function isPlainConversion(column: string, using: Node | undefined, target: ColumnType): boolean {
  if (!using) return true
  if ('ColumnRef' in using) return strings(using.ColumnRef.fields).at(-1) === column
  if (!('TypeCast' in using)) return false
  const { arg, typeName } = using.TypeCast
  const cast = typeOf(typeName)
  const same = JSON.stringify(cast) === JSON.stringify(target)
  return same && arg !== undefined && 'ColumnRef' in arg && isPlainConversion(column, arg, target)
}

/** Digits of a second that every time is stored with. */
const FINEST = 6

function builtInChange(from: ColumnType, to: ColumnType, utc: boolean | undefined): Answer {
  if (from.isArray !== to.isArray) return 'yes'
  const [a, b] = [from.modifiers, to.modifiers]
  if (from.name === to.name && a.join() === b.join()) return 'no'
  const key = `${from.name}>${to.name}`
  switch (key) {
    case 'varchar>varchar':
    case 'varbit>varbit':
      return widens(a[0], b[0])
    case 'timestamp>timestamp':
    case 'timestamptz>timestamptz':
    case 'time>time':
    case 'timetz>timetz':
    case 'interval>interval':
      return b[0] === FINEST ? 'no' : widens(a[0], b[0])
    case 'varchar>text':
      return 'no'
    case 'text>varchar':
      return b.length === 0 ? 'no' : 'yes'
    case 'numeric>numeric':
      return b.length === 0 || ((a[1] ?? 0) === (b[1] ?? 0) && widens(a[0], b[0]) === 'no') ? 'no' : 'yes'
    case 'cidr>inet':
      return 'no'
    case 'timestamp>timestamptz':
    case 'timestamptz>timestamp':
      // A precision makes Postgres compute every value, even where the zone would not.
      if (b.length > 0) return 'yes'
      return utc === undefined ? 'unknown' : utc ? 'no' : 'yes'
    default:
      return 'yes'
  }
}

/** A limit that grows or goes needs no new check; one that shrinks or appears does. */
function widens(from: number | undefined, to: number | undefined): Answer {
  if (to === undefined) return 'no'
  return from !== undefined && to >= from ? 'no' : 'yes'
}
