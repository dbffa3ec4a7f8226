import { expect, test } from 'vitest'
import { blockingChains, type Wait } from './blocking-chains.ts'

const waits = (edges: Readonly<Record<number, readonly number[]>>): Wait[] =>
  Object.entries(edges).map(([pid, blockers]) => ({ pid: Number(pid), blockers }))

test.each([
  ['nobody waits', {}, { roots: 0, depth: 0, widest: 0 }],
  ['three in a row', { 2: [1], 3: [2], 4: [3] }, { roots: 1, depth: 3, widest: 3 }],
  ['three side by side', { 2: [1], 3: [1], 4: [1] }, { roots: 1, depth: 1, widest: 3 }],
  [
    'a queue, in which each waits for all before it',
    { 2: [1], 3: [1, 2], 4: [1, 2, 3] },
    { roots: 1, depth: 3, widest: 3 },
  ],
  ['two roots of one waiter', { 3: [1, 2], 4: [3] }, { roots: 2, depth: 2, widest: 2 }],
  ['two chains', { 2: [1], 12: [11], 13: [12] }, { roots: 2, depth: 2, widest: 2 }],
  ['behind a prepared transaction', { 2: [0, 0], 3: [2] }, { roots: 1, depth: 2, widest: 2 }],
  ['a circle', { 1: [2], 2: [1] }, { roots: 0, depth: 0, widest: 0 }],
  ['a circle that a root feeds', { 1: [2, 9], 2: [1] }, { roots: 1, depth: 2, widest: 2 }],
])('%s', (_title, edges, expected) => {
  expect(blockingChains(waits(edges))).toEqual(expected)
})

test('a queue of as many as are ever looked at is sorted at once', () => {
  const queue = Array.from({ length: 100 }, (_, at) => ({
    pid: at + 2,
    blockers: Array.from({ length: at + 1 }, (_, before) => before + 1),
  }))
  expect(blockingChains(queue)).toEqual({ roots: 1, depth: 100, widest: 100 })
})
