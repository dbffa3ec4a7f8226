import { describe, expect, test } from 'vitest'
import { folderName } from './migration-folder.ts'

const now = new Date('2026-03-04T05:06:07.890Z')

describe("a new folder's name", () => {
  test.each([
    ['add author', [], '20260304050607_add_author'],
    ['  Add: "Author" / twice ', [], '20260304050607_add_author_twice'],
    ['Größe_ändern', [], '20260304050607_größe_ändern'],
    ['../../etc', [], '20260304050607_etc'],
    ['x', ['20260304050606_a', 'notes'], '20260304050607_x'],
    ['x', ['20260304050607_a'], '20260304050608_x'],
    ['x', ['20991231235959_a', '20250101000000_b'], '21000101000000_x'],
    ['x', ['20991399000000_no_date'], '20991399000001_x'],
  ])('of %j beside %j is %s', (name, existing, expected) => {
    expect(folderName(name, existing, now)).toBe(expected)
  })

  test('has at most 200 bytes of words', () => {
    expect(folderName('é'.repeat(100), [], now)).toContain('é'.repeat(100))
    expect(() => folderName('é'.repeat(101), [], now)).toThrow('200 bytes')
  })
})
