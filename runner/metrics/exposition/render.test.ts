import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counter, gauge } from './metric.ts'
import { render } from './render.ts'
import { FamilyBuilder } from './snapshot.ts'

const METRICS = {
  a_total: counter('Counts.\nWith a \\ and a line break.', ['name']),
  b: gauge('Plain.'),
  c: gauge('Never given.'),
} as const

/** Any character, and every other time one that means something in the format. */
const unit = fc.oneof(
  fc.constantFrom('"', '\\', '\n', '}', ',', '='),
  fc.string({ unit: 'binary', maxLength: 1 }),
)

describe('the text format', () => {
  test('names each metric once, above its series', () => {
    const families = new FamilyBuilder(METRICS)
    families.emit('a_total', 1, { name: 'x' })
    families.emit('b', 0.5)
    families.emit('a_total', 2, { name: 'y' })
    expect(render(families.families())).toBe(
      [
        '# HELP a_total Counts.\\nWith a \\\\ and a line break.',
        '# TYPE a_total counter',
        'a_total{name="x"} 1',
        'a_total{name="y"} 2',
        '# HELP b Plain.',
        '# TYPE b gauge',
        'b 0.5',
        '',
      ].join('\n'),
    )
  })

  test('writes infinities and what is no number the way Prometheus reads them', () => {
    const families = new FamilyBuilder({ a: gauge('A.', ['i']) })
    const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e21, -0.001]
    for (const [i, value] of values.entries()) families.emit('a', value, { i: `${i}` })
    const written = render(families.families()).match(/(?<=\} ).*/g)
    expect(written).toEqual(['+Inf', '-Inf', 'NaN', '1e+21', '-0.001'])
  })

  test('leaves out a value that is not known', () => {
    const families = new FamilyBuilder(METRICS)
    families.emit('b', null)
    expect(render(families.families())).toBe('')
  })

  test('refuses the same series twice, and not the same value under other labels', () => {
    const families = new FamilyBuilder(METRICS)
    families.emit('a_total', 1, { name: 'x' })
    families.emit('a_total', 1, { name: 'y' })
    expect(() => families.emit('a_total', 1, { name: 'x' })).toThrow('series twice')
  })

  test('any label value stays on one line and reads back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit }), name => {
        const families = new FamilyBuilder(METRICS)
        families.emit('a_total', 1, { name })
        const [, , line, ...rest] = render(families.families()).split('\n')
        expect(rest).toEqual([''])
        const escaped = /^a_total\{name="((?:[^"\\]|\\["\\n])*)"\} 1$/s.exec(line ?? '')?.[1] ?? 'unreadable'
        const read = escaped.replace(/\\(.)/g, (_, character: string) =>
          character === 'n' ? '\n' : character,
        )
        expect(read).toBe(name.toWellFormed())
      }),
    )
  })

  test('a collector cannot name what it did not declare, nor other labels', () => {
    const families = new FamilyBuilder(METRICS)
    // @ts-expect-error not declared
    families.emit('d', null)
    // @ts-expect-error the label is missing
    families.emit('a_total', null)
    // @ts-expect-error another label
    families.emit('a_total', null, { other: 'x' })
    // @ts-expect-error one label too many
    families.emit('a_total', null, { name: 'x', other: 'x' })
    // @ts-expect-error it has no labels
    families.emit('b', null, { name: 'x' })
    expect(families.families()).toEqual([])
  })
})
