import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batches } from './batches.ts'

test('the pieces hold every item once, in order, and none more than its size', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 7 }), (items, size) => {
      const pieces = Array.from(batches(items.values(), size), piece => [...piece])
      expect(pieces.flat()).toEqual(items)
      expect(pieces.length).toBe(Math.ceil(items.length / size))
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(size)
    }),
  )
})

test('an item may be one and the same object each time', () => {
  const one: number[] = []
  const source = (function* () {
    for (let index = 0; index < 5; index++) {
      one[0] = index
      yield one
    }
  })()
  const seen: (number | undefined)[] = []
  for (const piece of batches(source, 2)) for (const item of piece) seen.push(item[0])
  expect(seen).toEqual([0, 1, 2, 3, 4])
})
