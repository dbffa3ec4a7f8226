import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRandom, hash32, mix32 } from './random.ts'

test('the same seed and stream give the same numbers on every machine', () => {
  const random = createRandom(1, 'users')
  expect([random.below(1000), random.below(1000), random.below(1000)]).toEqual([550, 20, 87])
})

test('another seed or another stream gives other numbers', () => {
  const first = (seed: number, stream: string) => createRandom(seed, stream).next()
  expect(new Set([first(1, 'a'), first(2, 'a'), first(1, 'b'), first(2 ** 40 + 1, 'a')]).size).toBe(4)
})

test('numbers stay below their limit and reach all of it', () => {
  const random = createRandom(7, 'dice')
  const counts = new Map<number, number>()
  for (let roll = 0; roll < 60_000; roll++) {
    const face = random.below(6)
    counts.set(face, (counts.get(face) ?? 0) + 1)
  }
  expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5])
  for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('mix32 never maps two numbers to one', () => {
  fc.assert(fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), (a, b) => a === b || mix32(a) !== mix32(b)))
})

test('hash32 is a whole number of 32 bits', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.string(), (seed, name) => {
      const hash = hash32(seed, name)
      return Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff
    }),
  )
})
