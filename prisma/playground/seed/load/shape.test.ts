import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FEWEST_ROWS, loadShape, MOST_ROWS } from './shape.ts'

test('the parts add up to the number of rows asked for, and none is empty', () => {
  fc.assert(
    fc.property(fc.integer({ min: FEWEST_ROWS, max: MOST_ROWS }), rows => {
      const parts = Object.values(loadShape(rows))
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(rows)
      for (const part of parts) expect(part).toBeGreaterThan(0)
    }),
  )
})

test('a million rows are two thirds views', () => {
  expect(loadShape(1_000_000)).toMatchObject({ users: 20_000, workbooks: 30_000, workbook_views: 644_984 })
})
