import { expect, test } from 'vitest'
import { sparkline } from './sparkline.ts'

const drawn = (values: readonly (number | null)[], away = values.map(() => false)) =>
  sparkline({
    subject: 'Sessions',
    values,
    away,
    least: 10,
    limit: 8,
    say: value => `${value}`,
    stepSeconds: 15,
    now: '3',
  }).text

const pathOf = (text: string, name: string) => new RegExp(`class="${name}" d="([^"]*)"`).exec(text)?.[1]

test('nothing is drawn over a gap', () => {
  expect(pathOf(drawn([null, 0, 10, null, null, 5]), 'line')).toBe('M1 38.5H2V1.5H3M5 20H6')
})

test('a measured zero is a line, and nothing measured is none', () => {
  expect(pathOf(drawn([0]), 'line')).toBe('M0 38.5H1')
  expect(pathOf(drawn([null]), 'line')).toBe('')
  expect(drawn([null])).toContain('nothing measured yet; now 3')
})

test('the words say lowest, highest, now, how much was measured and how long it was away', () => {
  const values = [...Array<number>(8).fill(3), 7, ...Array<null>(231).fill(null)]
  const text = drawn(
    values,
    values.map((_, at) => at >= 232),
  )
  expect(text).toContain('aria-label="Sessions: 3 to 7, 2 of 60 min measured; 2 min away; now 3"')
})

test('the limit is drawn where it is within the height, and values above it raise the height', () => {
  expect(pathOf(drawn([20, 0]), 'line')).toBe('M0 1.5H1V38.5H2')
  expect(pathOf(drawn([20, 0]), 'limit')).toBe('M0 23.7H2')
})
