import { expect, test } from 'vitest'
import { partOfRange } from './addresses.ts'

test.each([
  ['10.64.0.0/16', 20, 0, '10.64.0.0/20'],
  ['10.64.0.0/16', 20, 2, '10.64.32.0/20'],
  ['10.64.0.0/16', 20, 15, '10.64.240.0/20'],
  ['192.168.0.0/20', 24, 15, '192.168.15.0/24'],
  ['10.255.0.0/16', 24, 255, '10.255.255.0/24'],
])('%s in parts of /%i: number %i is %s', (range, bits, index, part) => {
  expect(partOfRange(range, bits, index)).toBe(part)
})

test('a part that a range does not have is refused', () => {
  expect(() => partOfRange('10.64.0.0/16', 20, 16)).toThrow(RangeError)
  expect(() => partOfRange('10.64.0.0/16', 15, 0)).toThrow(RangeError)
})
