import { expect, test } from 'vitest'
import { gauge } from './metric.ts'
import { FamilyBuilder } from './snapshot.ts'

const METRICS = { test_a: gauge('A.', ['i']), test_b: gauge('B.', ['i']) } as const

function rows(count: number, maxSeries?: number) {
  const builder = new FamilyBuilder(METRICS, maxSeries)
  for (let i = 0; i < count; i += 1) {
    builder.emit('test_a', i, { i: `${i}` })
    builder.emit('test_b', i, { i: `${i}` })
  }
  return builder
}

test('beyond the bound series are counted and left out, those given last', () => {
  const { families, dropped } = rows(4, 5).findings()
  expect(dropped).toBe(3)
  expect(families.map(({ name, samples }) => [name, samples.map(({ value }) => value)])).toEqual([
    ['test_a', [0, 1, 2]],
    ['test_b', [0, 1]],
  ])
})

test('exactly as many as the bound are all there', () => {
  const { families, dropped } = rows(4, 8).findings()
  expect(dropped).toBe(0)
  expect(families.flatMap(({ samples }) => samples)).toHaveLength(8)
})

test('a value that is not there takes no room', () => {
  const builder = new FamilyBuilder(METRICS, 1)
  builder.emit('test_a', null, { i: '1' })
  builder.emit('test_a', 1, { i: '2' })
  expect(builder.findings().dropped).toBe(0)
})

test('a series that is given again is refused beyond the bound too', () => {
  expect(() => rows(4, 5).emit('test_a', 1, { i: '0' })).toThrow('series twice')
})
