import { expect, test } from 'vitest'
import { createIdentifiers } from './identifiers.ts'

test('ids are UUIDs of version 7, distinct, and in the order of their rows from one millisecond to the next', () => {
  const identify = createIdentifiers(1)('users', 50_000)
  const ids = Array.from({ length: 50_000 }, (_, index) => identify(index))
  expect(new Set(ids).size).toBe(50_000)
  for (const id of ids.slice(0, 500))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(ids.toSorted()).toEqual(ids)
})

test('ids of the same millisecond are distinct too', () => {
  // So many rows that thousands share each millisecond.
  const identify = createIdentifiers(1)('users', 1e14)
  expect(new Set(Array.from({ length: 10_000 }, (_, index) => identify(index))).size).toBe(10_000)
})

test('two tables, and two data sets, have no id in common', () => {
  const ids = [1, 2].flatMap(dataSet =>
    ['users', 'workbooks'].map(table => createIdentifiers(dataSet)(table, 10)(3)),
  )
  expect(new Set(ids).size).toBe(4)
})
