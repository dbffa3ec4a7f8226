import { expect, test } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { deadlineIn, scrapeBudgetMs } from './deadline.ts'

test.each([
  ['no header', undefined, 5000],
  ['a longer patience of Prometheus', '10', 5000],
  ['a shorter one, less what sending takes', '3', 2500],
  ['a fraction', '1.5', 1000],
  ['hardly any patience', '0.2', 100],
  ['no number', 'soon', 5000],
  ['a negative number', '-1', 5000],
  ['nothing', '', 5000],
])('the budget of a scrape with %s', (_, header, budgetMs) => {
  expect(scrapeBudgetMs(header, 5000)).toBe(budgetMs)
})

test('a deadline runs down to 0 and not below', () => {
  let nowMs = 1000
  const deadline = deadlineIn({ ...systemClock, monotonicMs: () => nowMs }, 300)
  expect(deadline.leftMs()).toBe(300)
  nowMs += 100
  expect(deadline.leftMs()).toBe(200)
  nowMs += 1000
  expect(deadline.leftMs()).toBe(0)
})
