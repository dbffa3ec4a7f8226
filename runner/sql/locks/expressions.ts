import type { Node } from 'libpg-query'
import type { Answer } from './lock-fact.ts'
import { calledFunctions, strings } from './parse-tree.ts'

/** Functions whose value differs from row to row: a new column with one as its default rewrites the table. */
const VOLATILE = new Set([
  'random',
  'random_normal',
  'gen_random_uuid',
  'gen_random_bytes',
  'uuidv4',
  'uuidv7',
  'uuid_generate_v1',
  'uuid_generate_v4',
  'clock_timestamp',
  'timeofday',
  'nextval',
])

/** Functions of Postgres itself that touch no table of ours; those here are stable or immutable (pg_proc.provolatile). */
const STEADY = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'timezone',
  'date_trunc',
  'to_timestamp',
  'to_char',
  'make_interval',
  'current_setting',
  'current_schema',
  'current_database',
  'lower',
  'upper',
  'length',
  'char_length',
  'octet_length',
  'btrim',
  'ltrim',
  'rtrim',
  'replace',
  'regexp_replace',
  'split_part',
  'substring',
  'substr',
  'left',
  'right',
  'md5',
  'concat',
  'concat_ws',
  'format',
  'abs',
  'round',
  'floor',
  'ceil',
  'count',
  'sum',
  'min',
  'max',
  'avg',
  'array_agg',
  'string_agg',
  'jsonb_agg',
  'json_agg',
  'jsonb_build_object',
  'json_build_object',
  'jsonb_build_array',
  'jsonb_set',
  'to_jsonb',
  'to_json',
  'array_length',
  'unnest',
  'generate_series',
  'row_number',
  'to_tsvector',
  'to_regclass',
  'pg_get_serial_sequence',
])

/** Volatile or session functions that touch no table of ours either. */
const HARMLESS = new Set(['set_config', 'setval', 'pg_sleep', 'pg_notify', 'currval', 'lastval'])

/** Whether an expression gives each row a value of its own, so that storing it takes a rewrite. */
export function isVolatile(expression: Node | undefined): Answer {
  const called = calledFunctions(expression)
  if (called.some(name => VOLATILE.has(name))) return 'yes'
  return called.every(name => STEADY.has(name)) ? 'no' : 'unknown'
}

/** Functions called below a node that may do anything: their bodies are not read. */
export function opaqueFunctions(node: unknown): string[] {
  const known = (name: string) => STEADY.has(name) || VOLATILE.has(name) || HARMLESS.has(name)
  return [...new Set(calledFunctions(node).filter(name => !known(name)))]
}

/** Columns that a CHECK proves to hold no null: `c IS NOT NULL`, alone or with others under AND, as Postgres proves it. */
export function columnsProvedNotNull(expression: Node | undefined): string[] {
  if (!expression) return []
  if ('BoolExpr' in expression && expression.BoolExpr.boolop === 'AND_EXPR')
    return (expression.BoolExpr.args ?? []).flatMap(columnsProvedNotNull)
  if ('NullTest' in expression && expression.NullTest.nulltesttype === 'IS_NOT_NULL') {
    const { arg } = expression.NullTest
    if (arg && 'ColumnRef' in arg) return strings(arg.ColumnRef.fields).slice(-1)
  }
  return []
}
