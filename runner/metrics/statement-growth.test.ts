import { describe, expect, test } from 'vitest'
import { StatementGrowth } from './statement-growth.ts'
import { StickyTop } from './sticky-top.ts'

const one = (calls: number, seconds: number, since: number | null = null) => [
  { key: 'a', calls, seconds, since },
]

describe('growth of statements', () => {
  test('the first reading is where counting starts', () => {
    expect(new StatementGrowth().next({ counts: one(100, 500), reset: 0, now: 10 })).toEqual([])
  })

  test('what came since the last reading, also of a statement that is new', () => {
    const growth = new StatementGrowth()
    growth.next({ counts: one(100, 500), reset: 0, now: 10 })
    const counts = [...one(103, 504), { key: 'b', calls: 2, seconds: 3, since: null }]
    expect(growth.next({ counts, reset: 0, now: 20 })).toEqual([
      { key: 'a', calls: 3, seconds: 4 },
      { key: 'b', calls: 2, seconds: 3 },
    ])
  })

  test.each([
    ['fewer calls than before', one(2, 900), 0],
    ['less time than before', one(100, 3), 0],
    ['counted since a later time', one(200, 900, 15), 0],
    ['everything reset meanwhile', one(200, 900), 15],
  ])('begun anew (%s), all of it came since', (_, counts, reset) => {
    const growth = new StatementGrowth()
    growth.next({ counts: one(100, 500, counts[0]?.since === null ? null : 1), reset: 0, now: 10 })
    const { calls, seconds } = counts[0] ?? { calls: 0, seconds: 0 }
    expect(growth.next({ counts, reset, now: 20 })).toEqual([{ key: 'a', calls, seconds }])
  })

  test('another server with a longer memory is a first reading again', () => {
    const growth = new StatementGrowth()
    growth.next({ counts: one(100, 500), reset: 5, now: 10 })
    expect(growth.next({ counts: one(9000, 9000), reset: 2, now: 20 })).toEqual([])
    expect(growth.next({ counts: one(9001, 9002), reset: 2, now: 30 })).toEqual([
      { key: 'a', calls: 1, seconds: 2 },
    ])
  })
})

describe('a sticky top', () => {
  test('keeps those that fell behind until their time is up, and never more than its size', () => {
    const top = new StickyTop(2, 60)
    expect([...top.choose(['a', 'b', 'c'], 0)]).toEqual(['a', 'b'])
    expect([...top.choose(['c', 'a', 'b'], 30)].sort()).toEqual(['a', 'b'])
    expect([...top.choose(['c', 'a', 'b'], 61)].sort()).toEqual(['a', 'c'])
  })

  test('a place is free as soon as its holder is gone', () => {
    const top = new StickyTop(2, 60)
    top.choose(['a', 'b', 'c'], 0)
    expect([...top.choose(['c', 'b'], 1)].sort()).toEqual(['b', 'c'])
  })

  test('under a workload whose order changes with every scrape, an hour makes no new series', () => {
    const statements = Array.from({ length: 500 }, (_, index) => `${index}`)
    const top = new StickyTop(50, 3600)
    const shown = new Set<string>()
    for (let now = 0; now < 3600; now += 15) {
      const turned = statements.map((_, index) => statements[(index * 7 + now) % 500] ?? '')
      for (const key of top.choose(turned, now)) shown.add(key)
    }
    expect(shown.size).toBe(50)
  })
})
