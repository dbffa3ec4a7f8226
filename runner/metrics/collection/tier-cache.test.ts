import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { type Collector, defineCollector, type Tier } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'
import type { CollectorOutcome } from './run-collector.ts'
import { TierCache } from './tier-cache.ts'

const collector = (name: string, tier?: Tier): Collector =>
  defineCollector({
    name,
    ...(tier && { tier }),
    metrics: { test_value: gauge('A test.') },
    collect: async () => undefined,
  })

const [fast, medium, slow] = [collector('a'), collector('b', 'medium'), collector('c', 'slow')] as const

/** One sample, so that what is shown can be told from what is not. */
const found = (name: string, durationMs = 10): CollectorOutcome => ({
  name,
  families: [{ name: 'test_value', definition: gauge('A test.'), samples: [{ labels: {}, value: 1 }] }],
  dropped: 0,
  durationMs,
  failure: undefined,
})
const failed = (name: string): CollectorOutcome => ({
  name,
  families: [],
  dropped: 0,
  durationMs: 5,
  failure: 'it broke',
})

let [awakeMs, wallMs] = [0, 0]
let cache: TierCache
const pass = (seconds: number) => {
  awakeMs += seconds * 1000
  wallMs += seconds * 1000
}
const names = (collectors: readonly Collector[]) => collectors.map(({ name }) => name)
const keep = (one: Collector, outcome = found(one.name)) => cache.refresh(one, async () => outcome)
const shown = (one: Collector) => {
  const { families, failure, ageMs } = cache.answer(one)
  return { samples: families.length, failure, ageSeconds: ageMs === undefined ? undefined : ageMs / 1000 }
}

beforeEach(() => {
  ;[awakeMs, wallMs] = [1000, 1_800_000_000_000]
  cache = new TierCache({ ...systemClock, monotonicMs: () => awakeMs, now: () => new Date(wallMs) })
  cache.keepFor('here')
})

test('what was never asked is due, the fast tier never is', () => {
  expect(names(cache.due([fast, medium, slow]))).toEqual(['b', 'c'])
})

test.each([
  ['medium', medium, 30],
  ['slow', slow, 300],
] as const)(
  'the %s tier is asked anew at the end of its interval and not before',
  async (_, one, seconds) => {
    await keep(one)
    pass(seconds - 0.001)
    expect(cache.due([one])).toEqual([])
    expect(shown(one)).toMatchObject({ samples: 1, failure: undefined, ageSeconds: seconds - 0.001 })
    pass(0.001)
    expect(cache.due([one])).toEqual([one])
  },
)

test('who waited longest is asked first, and who never was before all', async () => {
  const others = ['d', 'e'].map(name => collector(name, 'medium'))
  await keep(medium)
  pass(10)
  for (const other of others.slice(0, 1)) await keep(other)
  pass(30)
  expect(names(cache.due([...others, medium]))).toEqual(['e', 'b', 'd'])
})

test('the age counts from the start of the run that found the samples', async () => {
  await cache.refresh(medium, async () => {
    pass(2)
    return found('b', 2000)
  })
  expect(shown(medium).ageSeconds).toBe(2)
})

test('time the machine slept through counts, and a wall clock that is set back does not make anything younger', async () => {
  await keep(medium)
  wallMs += 40_000
  expect(shown(medium).ageSeconds).toBe(40)
  expect(cache.due([medium])).toEqual([medium])
  await keep(medium)
  wallMs -= 3_600_000
  awakeMs += 31_000
  expect(shown(medium).ageSeconds).toBe(31)
})

describe('after a failed refresh', () => {
  test.each([
    ['medium', medium, 30],
    ['slow', slow, 300],
  ] as const)(
    'the %s samples stay, as failed, until they are three intervals old',
    async (_, one, seconds) => {
      await keep(one)
      pass(seconds)
      await keep(one, failed(one.name))
      expect(shown(one)).toEqual({ samples: 1, failure: 'it broke', ageSeconds: seconds })
      pass(2 * seconds - 0.001)
      expect(shown(one).samples).toBe(1)
      pass(0.001)
      expect(shown(one)).toEqual({ samples: 0, failure: 'it broke', ageSeconds: undefined })
    },
  )

  test('it is asked again after half a minute, in the slow tier too, and a success ends it', async () => {
    await keep(slow)
    pass(300)
    await keep(slow, failed('c'))
    pass(29.999)
    expect(cache.due([slow])).toEqual([])
    pass(0.001)
    expect(cache.due([slow])).toEqual([slow])
    await keep(slow)
    expect(shown(slow)).toEqual({ samples: 1, failure: undefined, ageSeconds: 0 })
    expect(cache.due([slow])).toEqual([])
  })

  test('that was the first there are no samples, and no age', async () => {
    await keep(slow, failed('c'))
    expect(shown(slow)).toEqual({ samples: 0, failure: 'it broke', ageSeconds: undefined })
  })
})

describe('with little time left', () => {
  test('a collector is put off when it took more than half of that last', async () => {
    await keep(slow, found('c', 200))
    pass(300)
    expect(cache.fits(slow, 399)).toBe(false)
    expect(cache.fits(slow, 400)).toBe(true)
  })

  test('nothing is begun in less than a tenth of a second, also the first time', () => {
    expect(cache.fits(slow, 99)).toBe(false)
    expect(cache.fits(slow, 100)).toBe(true)
  })

  test('a collector that was put off for an interval is asked with what there is', async () => {
    await keep(medium, found('b', 1000))
    pass(59.999)
    expect(cache.fits(medium, 500)).toBe(false)
    pass(0.001)
    expect(cache.fits(medium, 500)).toBe(true)
  })

  test('one that was never asked is pending, and one put off for three intervals shows nothing and has failed', async () => {
    expect(cache.answer(slow)).toMatchObject({ families: [], failure: undefined, pending: true })
    await keep(slow)
    pass(899.999)
    expect(shown(slow)).toMatchObject({ samples: 1, failure: undefined })
    pass(0.001)
    expect(shown(slow)).toMatchObject({ samples: 0, failure: expect.stringContaining('put off') })
  })
})

test('it is overdue a minute after it could have had its first turn, and after two intervals without another', async () => {
  pass(59.999)
  expect(cache.isOverdue(slow)).toBe(false)
  pass(0.001)
  expect(cache.isOverdue(slow)).toBe(true)
  cache.keepFor('elsewhere')
  expect(cache.isOverdue(slow)).toBe(false)
  await keep(slow)
  pass(599.999)
  expect(cache.isOverdue(slow)).toBe(false)
  pass(0.001)
  expect(cache.isOverdue(slow)).toBe(true)
})

test('what was found elsewhere is forgotten, and failures with it', async () => {
  await keep(medium)
  await keep(slow, failed('c'))
  cache.keepFor('here')
  expect(cache.due([medium, slow])).toEqual([])
  cache.keepFor('elsewhere')
  expect(names(cache.due([medium, slow]))).toEqual(['b', 'c'])
  expect(shown(medium)).toMatchObject({ samples: 0, ageSeconds: undefined })
})
