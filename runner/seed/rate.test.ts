import { expect, test } from 'vitest'
import { describeProgress, rowsPerSecond } from './rate.ts'

test('progress tells share, rows, rate and the time left', () => {
  expect(describeProgress(250_000, 1_000_000, 2000)).toBe(
    '█████░░░░░░░░░░░░░░░ 25 % · 250,000 of 1,000,000 rows · 125,000 rows/s · 6.0 s left',
  )
})

test('before the first row there is no rate to tell', () => {
  expect(describeProgress(0, 10, 0)).toBe('░░░░░░░░░░░░░░░░░░░░ 0 % · 0 of 10 rows')
})

test('nothing measured is no rate', () => {
  expect(rowsPerSecond(10, 0)).toBe(0)
})
