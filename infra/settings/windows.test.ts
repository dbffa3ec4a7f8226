import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dailyMinutes, overlap, type Window, weeklyWindow } from './windows.ts'

const WEEK = 7 * 24 * 60

test('two windows overlap exactly where they have a minute in common', () => {
  const window = fc.record({ start: fc.nat(WEEK - 1), minutes: fc.integer({ min: 1, max: 24 * 60 }) })
  const minutes = ({ start, minutes }: Window) =>
    Array.from({ length: minutes }, (_, n) => (start + n) % WEEK)
  fc.assert(
    fc.property(window, window, (one, other) => {
      const taken = new Set(minutes(one))
      expect(overlap(one, other)).toBe(minutes(other).some(minute => taken.has(minute)))
    }),
  )
})

test('windows are read across midnight and the end of the week', () => {
  expect(dailyMinutes('23:30-00:30')).toBe(60)
  expect(weeklyWindow('sun:23:30-mon:00:30')).toEqual({ start: WEEK - 30, minutes: 60 })
})

test('windows that only touch do not overlap', () => {
  const [first, second] = [weeklyWindow('sun:02:00-sun:03:00'), weeklyWindow('sun:03:00-sun:04:00')]
  expect([overlap(first, second), overlap(second, first)]).toEqual([false, false])
})
