import { nameParts } from '../../postgres/catalogue/catalogue.ts'
import type { Difference } from '../../postgres/catalogue/compare-catalogues.ts'

/**
 * The SQL that would make one thing what the history says, where it is one statement that loses nothing; for a person to read
 * and run. `undefined` where it needs a decision.
 */
export function remedyFor(difference: Difference): string | undefined {
  const [kind, name] = splitId(difference.object)
  switch (difference.kind) {
    case 'missing':
      return putBack(kind, name, difference)
    case 'extra':
      return takeAway(kind, name)
    case 'changed':
      return changeBack(kind, name, difference)
  }
}

/** `materialized view public.v` is a materialized view, named public.v. */
function splitId(id: string): [kind: string, name: string] {
  const kind = KINDS_OF_TWO_WORDS.find(each => id.startsWith(`${each} `)) ?? id.slice(0, id.indexOf(' '))
  return [kind, id.slice(kind.length + 1)]
}

const KINDS_OF_TWO_WORDS = ['materialized view', 'foreign table', 'composite type', 'range type']

function putBack(kind: string, name: string, { expected }: Difference): string | undefined {
  const definition = textOf(expected, 'definition')
  if (kind === 'index') return definition && concurrently(definition)
  if (kind === 'trigger' || kind === 'rule' || kind === 'statistics') return definition && oneLine(definition)
  if (kind === 'constraint' && definition) {
    const { table, own } = below(name)
    const slow = /^(CHECK|FOREIGN KEY)/.test(definition)
    return `ALTER TABLE ${table} ADD CONSTRAINT ${own} ${definition}${slow ? ' NOT VALID' : ''}`
  }
  if (kind === 'extension') return `CREATE EXTENSION ${name}`
  return undefined
}

function takeAway(kind: string, name: string): string | undefined {
  const { table, own, schema } = below(name)
  if (kind === 'index') return `DROP INDEX CONCURRENTLY ${schema}.${own}`
  if (kind === 'constraint') return `ALTER TABLE ${table} DROP CONSTRAINT ${own}`
  if (kind === 'trigger' || kind === 'policy' || kind === 'rule')
    return `DROP ${kind.toUpperCase()} ${own} ON ${table}`
  return undefined
}

function changeBack(kind: string, name: string, { attribute, expected }: Difference): string | undefined {
  const { table, own, schema } = below(name)
  const value = typeof expected === 'string' ? expected : undefined
  switch (`${kind}.${attribute}`) {
    case 'index.valid':
      return `REINDEX INDEX CONCURRENTLY ${schema}.${own}`
    case 'constraint.validated':
      return expected === true ? `ALTER TABLE ${table} VALIDATE CONSTRAINT ${own}` : undefined
    case 'column.default':
      return `ALTER TABLE ${table} ALTER COLUMN ${own} ${value === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${value}`}`
    case 'table.rowSecurity':
      return value?.startsWith('enabled') ? `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY` : undefined
    case 'trigger.enabled':
      return value === 'yes' ? `ALTER TABLE ${table} ENABLE TRIGGER ${own}` : undefined
    default:
      return undefined
  }
}

/** A table's part by its name: `public.users.email` is `email` of `public.users`. */
function below(name: string): { schema: string; table: string; own: string } {
  const parts = nameParts(name)
  return { schema: parts[0] ?? '', table: parts.slice(0, 2).join('.'), own: parts.at(-1) ?? '' }
}

/** An index of a partitioned table cannot be built concurrently. */
function concurrently(definition: string): string {
  if (definition.includes(' ON ONLY ')) return definition.replace(' ON ONLY ', ' ON ')
  return definition.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ')
}

function textOf(attributes: Difference['expected'], key: string): string | undefined {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) return undefined
  const value = (attributes as Readonly<Record<string, unknown>>)[key]
  return typeof value === 'string' ? value : undefined
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
