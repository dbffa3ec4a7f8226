import type { Node } from 'libpg-query'
import { strings, walk } from './parse-tree.ts'
import type { TableFacts } from './table-facts.ts'

/** SET and RESET. */
export function afterVariable(
  known: TableFacts,
  { name, args, kind }: Extract<Node, { VariableSetStmt: unknown }>['VariableSetStmt'],
): TableFacts {
  const values = (args ?? []).map(each => ('A_Const' in each ? each.A_Const.sval?.sval : undefined))
  return afterSetting(known, name, kind === 'VAR_SET_VALUE' ? values : [])
}

/** `SELECT pg_catalog.set_config('search_path', '', false)`, as pg_dump writes it. */
export function setConfigCall(
  node: Node,
): { name: string | undefined; value: string | undefined } | undefined {
  let found: { name: string | undefined; value: string | undefined } | undefined
  walk(node, (key, value) => {
    if (key !== 'FuncCall' || strings(value.funcname as Node[]).at(-1) !== 'set_config') return
    const [name, text] = ((value.args ?? []) as Node[]).map(each =>
      'A_Const' in each ? each.A_Const.sval?.sval : undefined,
    )
    found = { name, value: text }
  })
  return found
}

/** TimeZone and search_path decide later answers; a value that the text does not show leaves them open. */
export function afterSetting(
  known: TableFacts,
  name: string | undefined,
  values: readonly (string | undefined)[],
): TableFacts {
  const given = values.flatMap(value => value?.split(',').map(each => each.trim().replaceAll('"', '')) ?? [])
  if (name?.toLowerCase() === 'timezone')
    return { ...known, timeZoneIsUtc: given[0] === undefined ? undefined : isUtc(given[0]) }
  if (name?.toLowerCase() === 'search_path')
    return { ...known, searchPath: given.filter(each => each !== '') }
  return known
}

/** Whether a zone never leaves UTC, under any of its names. */
export function isUtc(zone: string): boolean {
  return /^(etc\/)?(utc|gmt|uct|zulu|universal|greenwich|gmt[+-]?0)$/i.test(zone)
}
