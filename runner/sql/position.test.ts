import { describe, expect, test } from 'vitest'
import { excerptAt, offsetOfCodePoint, positionAt } from './position.ts'

describe('positions', () => {
  test('lines and columns count from 1, columns in characters', () => {
    expect(positionAt('ab\ncd', 0)).toEqual({ line: 1, column: 1 })
    expect(positionAt('ab\ncd', 4)).toEqual({ line: 2, column: 2 })
    expect(positionAt('𝄞𝄞x', 4)).toEqual({ line: 1, column: 3 })
    expect(positionAt('a\r\nb', 3)).toEqual({ line: 2, column: 1 })
  })

  test("Postgres' characters become UTF-16 offsets", () => {
    expect(offsetOfCodePoint('é𝄞x', 2)).toBe(3)
    expect(offsetOfCodePoint('ab', 99)).toBe(2)
  })

  test('an excerpt has the line before, and a caret below the place', () => {
    expect(excerptAt('one\r\n\ttwo three\r\nfour', 10)).toBe('  1 | one\n  2 |  two three\n    |      ^')
  })

  test('a long line is cut around the place', () => {
    const text = `${'a'.repeat(500)}HERE${'b'.repeat(500)}`
    const [line = '', caret = ''] = excerptAt(text, 500).split('\n')
    expect(line.length).toBeLessThan(120)
    expect(line[caret.indexOf('^')]).toBe('H')
  })
})
