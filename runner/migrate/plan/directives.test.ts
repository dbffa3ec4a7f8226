import { describe, expect, test } from 'vitest'
import { readDirectives } from './directives.ts'

const read = (text: string, file = 'migration.sql') =>
  readDirectives(text, text.indexOf('SELECT'), offset => `f:${offset}`, file)

describe('directives at the head of a file', () => {
  test.each([
    ['SELECT 1', {}],
    ['-- howdah, the platform\nSELECT 1', {}],
    ['-- howdah: transaction=statement\nSELECT 1', { transaction: 'statement' }],
    [
      '-- why\n--HOWDAH: lock_timeout = 2s ,statement_timeout=0\r\n\nSELECT 1',
      { lockTimeoutMs: 2000, statementTimeoutMs: 0 },
    ],
    [
      '  -- howdah: lock_timeout=250\n-- howdah: statement_timeout=5min\nSELECT 1',
      { lockTimeoutMs: 250, statementTimeoutMs: 300_000 },
    ],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  test.each([
    '-- howdah: transction=file\nSELECT 1',
    '-- howdah: transaction=sometimes\nSELECT 1',
    '-- howdah: lock_timeout=soon\nSELECT 1',
    '-- howdah: lock_timeout=0\nSELECT 1',
    '-- howdah: lock_timeout=1h\nSELECT 1',
    '-- howdah:\nSELECT 1',
    'SELECT 1;\n-- howdah: transaction=file',
    '-- howdah: irreversible=mails-were-sent\nSELECT 1',
  ])('%j is refused', text => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'directive-invalid', exit: 3 }))
  })
  test('irreversible belongs into down.sql alone, and keeps its word', () => {
    expect(read('-- howdah: irreversible=mails-were-sent\nSELECT 1', 'down.sql')).toEqual({
      irreversible: 'mails-were-sent',
    })
    expect(() => read('-- howdah: irreversible=\nSELECT 1', 'down.sql')).toThrow(
      expect.objectContaining({ code: 'directive-invalid' }),
    )
  })
})
