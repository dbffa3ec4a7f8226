import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checksum, matchesChecksum } from './checksum.ts'

describe('checksums are those of Prisma', () => {
  test('SHA-256 of the text as read, in hex', () => {
    expect(checksum('hello')).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824')
  })

  test('a file matches with either kind of line end, and with nothing else changed', () => {
    const recorded = checksum('a\nb\n')
    expect(matchesChecksum('a\nb\n', recorded)).toBe(true)
    expect(matchesChecksum('a\r\nb\r\n', recorded)).toBe(true)
    expect(matchesChecksum('a\nb\n', checksum('a\r\nb\r\n'))).toBe(true)
    expect(matchesChecksum('a\nb', recorded)).toBe(false)
    expect(matchesChecksum('a\nb\n ', recorded)).toBe(false)
  })

  test('rows of old versions hold bytes without leading zeros', () => {
    // Its digest has bytes below 16, so the old form is shorter.
    const legacy = [...createHash('sha256').update('hello').digest()].map(byte => byte.toString(16)).join('')
    expect(legacy.length).toBeLessThan(64)
    expect(matchesChecksum('hello', legacy)).toBe(true)
    expect(matchesChecksum('hullo', legacy)).toBe(false)
  })
})
