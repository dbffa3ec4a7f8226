import { expect, test } from 'vitest'
import { HiddenObjects } from './hidden-objects.ts'

const rows = (columnNames: string[], ...values: unknown[][]) => ({ columnNames, rows: values })

test('an index goes whole when one of its columns is hidden', () => {
  const indexes = rows(
    ['namespace', 'index_name', 'table_name', 'column_name'],
    ['s', 'i', 't', 'a'],
    ['s', 'i', 't', 'b'],
    ['s', 'j', 't', 'a'],
  )
  new HiddenObjects().add('column', 's', 't', 'b').filter(indexes)
  expect(indexes.rows).toEqual([['s', 'j', 't', 'a']])
})

test('a foreign key goes with either table', () => {
  const keys = () =>
    rows(
      [
        'child_column',
        'parent_table',
        'referenced_schema_name',
        'constraint_name',
        'table_name',
        'namespace',
      ],
      ['a', 'p', 's', 'f', 't', 's'],
      ['b', 'q', 's', 'g', 'u', 's'],
    )
  for (const [table, left] of [
    ['p', 'g'],
    ['u', 'f'],
  ] as const) {
    const result = keys()
    new HiddenObjects().add('table', 's', table).filter(result)
    expect(result.rows.map(row => row[3])).toEqual([left])
  }
})

test('a hidden default leaves its column, and an enum goes with all its values but not a routine of its name', () => {
  const columns = rows(['namespace', 'table_name', 'column_name', 'column_default'], ['s', 't', 'a', '1'])
  const enums = rows(
    ['name', 'value', 'namespace', 'description'],
    ['e', 'x', 's', null],
    ['e', 'y', 's', null],
  )
  const routines = rows(['name', 'namespace', 'definition'], ['e', 's', ''])
  const hidden = new HiddenObjects().add('default', 's', 't', 'a').add('type', 's', 'e')
  for (const result of [columns, enums, routines]) hidden.filter(result)
  expect(columns.rows).toEqual([['s', 't', 'a', null]])
  expect(enums.rows).toEqual([])
  expect(routines.rows).toHaveLength(1)
})

test('the same name in another schema stays', () => {
  const tables = rows(['table_name', 'namespace'], ['t', 's'], ['t', 'r'])
  new HiddenObjects().add('table', 's', 't').filter(tables)
  expect(tables.rows).toEqual([['t', 'r']])
})
