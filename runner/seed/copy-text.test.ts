import { expect, test } from 'vitest'
import { copyLine } from './copy-text.ts'

test('a row is its values between tabs, ended by a line feed', () => {
  expect(copyLine(['a', 1, true, false, 12n])).toBe('a\t1\tt\tf\t12\n')
})

test('NULL and the empty text are different things', () => {
  expect(copyLine([null, ''])).toBe('\\N\t\n')
})

test('a text that looks like NULL, or like the end of the data, stays a text', () => {
  expect(copyLine(['\\N', '\\.'])).toBe('\\\\N\t\\\\.\n')
})

test('what would end a column or a row is escaped', () => {
  expect(copyLine(['a\tb\nc\rd\\e'])).toBe('a\\tb\\nc\\rd\\\\e\n')
})

test('a date is written in UTC', () => {
  expect(copyLine([new Date(0)])).toBe('1970-01-01T00:00:00.000Z\n')
})
