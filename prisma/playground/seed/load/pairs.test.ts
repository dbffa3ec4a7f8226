import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mix32 } from '../../../../runner/seed/random.ts'
import { distinctPairs } from './pairs.ts'

test('every pair comes up exactly once before any comes up again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(),
      (lefts, rights, salt) => {
        const pairs = distinctPairs(lefts, rights, left => mix32(left ^ salt) % rights)
        const seen = new Set<string>()
        for (let index = 0; index < lefts * rights; index++)
          seen.add(`${pairs.left(index)},${pairs.right(index)}`)
        expect(seen.size).toBe(lefts * rights)
      },
    ),
  )
})
