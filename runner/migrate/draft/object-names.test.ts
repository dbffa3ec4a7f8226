import fc from 'fast-check'
import { expect, test } from 'vitest'
import { objectNames, readName, readPair } from './object-names.ts'

const { show } = objectNames('public')
const part = fc.string({
  minLength: 1,
  maxLength: 6,
  unit: fc.constantFrom('a', 'B', '.', '"', '=', ' ', '\n', 'é'),
})

test('a name that was shown is read as it was', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), parts => {
      expect(readName(show(['public', ...parts]))).toEqual(parts)
    }),
  )
})

test('both sides of a rename are read as they were', () => {
  fc.assert(
    fc.property(part, part, part, (a, b, c) => {
      const [from, to] = [show(['public', a, b]), show(['other', c])]
      expect(readPair(`${from}=${to}`)).toEqual([
        [a, b],
        ['other', c],
      ])
    }),
  )
})

test.each(['a', 'a=', '=b', 'a=b=c', 'a.=b', '"a=b', 'a b=c'])('%s is no rename', text => {
  expect(readPair(text)).toBeUndefined()
})
