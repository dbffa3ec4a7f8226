import { expect, test } from 'vitest'
import { History, type Measured, STEP_SECONDS, STEPS } from './history.ts'

const measured = (connections: number | null, rest: Partial<Measured> = {}): Measured => ({
  up: true,
  connections,
  longestTransactionSeconds: 0,
  blockedSessions: 0,
  lagSeconds: null,
  transactions: null,
  ...rest,
})

/** At the beginning of a step. */
const NOON = 1_800_000_000

const last = <T>(values: readonly T[], count: number) => values.slice(-count)

test('an hour is kept, whatever was measured before it, and the memory does not grow', () => {
  const history = new History()
  for (let step = 0; step < 3 * STEPS; step += 1) history.add(NOON + step * STEP_SECONDS, measured(step))
  const { series, until } = history.view(NOON + (3 * STEPS - 1) * STEP_SECONDS)
  expect(series.connections).toEqual(Array.from({ length: STEPS }, (_, at) => 2 * STEPS + at))
  expect(until).toBe(NOON + 3 * STEPS * STEP_SECONDS)
})

test('what was not measured is a gap, and what is not known is one too', () => {
  const history = new History()
  history.add(NOON, measured(5))
  history.add(NOON + 15, measured(null))
  history.add(NOON + 60, measured(7))
  const { series } = history.view(NOON + 75)
  expect(last(series.connections, 6)).toEqual([5, null, null, null, 7, null])
  expect(series.lagSeconds.every(value => value === null)).toBe(true)
})

test('measurements that come a little late leave no gap, and those that come half as often do', () => {
  const history = new History()
  for (const seconds of [14.9, 30.1, 45.2, 75.2]) history.add(NOON + seconds, measured(seconds))
  const { series } = history.view(NOON + 75.2)
  expect(last(series.connections, 6)).toEqual([14.9, 30.1, 30.1, 45.2, null, 75.2])
})

test('of several measurements in one step the worst stays', () => {
  const history = new History()
  history.add(NOON, measured(5, { up: false, connections: null }))
  history.add(NOON + 5, measured(9))
  history.add(NOON + 10, measured(2))
  const { series, away } = history.view(NOON + 14)
  expect([last(series.connections, 1), last(away, 1)]).toEqual([[9], [true]])
})

test('a rate is what came between two readings; there is none across a reset or a long silence', () => {
  const history = new History()
  const at = (seconds: number, transactions: number) =>
    history.add(NOON + seconds, measured(1, { transactions }))
  at(0, 1000)
  at(15, 1300)
  at(30, 10)
  at(45, 40)
  at(45 + 105, 4000)
  expect(last(history.view(NOON + 150).series.transactionsPerSecond, 11)).toEqual([
    null,
    20,
    null,
    2,
    ...Array<null>(7).fill(null),
  ])
})

test('a clock that was set back begins anew from there', () => {
  const history = new History()
  history.add(NOON + 600, measured(5))
  history.add(NOON, measured(6))
  const { series } = history.view(NOON + 600)
  expect(series.connections.filter(value => value !== null)).toEqual([6])
})
