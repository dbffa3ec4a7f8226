import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'
import { histogram } from './metric.ts'
import { render } from './render.ts'

const page = (durations: Histogram) =>
  render([
    {
      name: 'took_seconds',
      definition: histogram('How long it took.', ['path']),
      samples: durations.samples({ path: 'direct' }),
    },
  ])

test('a histogram has all its series before anything was observed', () => {
  expect(page(new Histogram([0.05, 1]))).toBe(
    [
      '# HELP took_seconds How long it took.',
      '# TYPE took_seconds histogram',
      'took_seconds_bucket{path="direct",le="0.05"} 0',
      'took_seconds_bucket{path="direct",le="1"} 0',
      'took_seconds_bucket{path="direct",le="+Inf"} 0',
      'took_seconds_sum{path="direct"} 0',
      'took_seconds_count{path="direct"} 0',
      '',
    ].join('\n'),
  )
})

test('a bucket has what is no larger than its bound, the smaller ones included, and a page stays as it was', () => {
  const durations = new Histogram([0.05, 1])
  for (const value of [0.05, 0.25, 1, 2]) durations.observe(value)
  const before = durations.samples({})
  durations.observe(1)
  const values = (samples: typeof before) => samples.map(({ value }) => value)
  expect(values(before)).toEqual([1, 3, 4, 3.3, 4])
  expect(values(durations.samples({}))).toEqual([1, 4, 5, 4.3, 5])
})
