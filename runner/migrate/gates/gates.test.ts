import { describe, expect, test } from 'vitest'
import { checksum } from '../history/checksum.ts'
import { compare } from '../history/compare.ts'
import { historyGates, parseAllowed, requireOpen } from './gates.ts'

/** A history with these migrations applied, and these on disk. */
const comparison = (applied: readonly string[], disk: readonly string[], edited: readonly string[] = []) =>
  compare(
    disk.map(name => ({ name, script: edited.includes(name) ? 'SELECT 2' : 'SELECT 1', extra: '' })),
    {
      otherTables: 0,
      rows: applied.map(name => ({
        id: name,
        name,
        checksum: checksum('SELECT 1'),
        startedAt: new Date(0),
        finishedAt: new Date(1),
        rolledBackAt: null,
      })),
    },
    [],
  )

const A = '20240101000000_a'
const B = '20240102000000_b'
const C = '20240103000000_c'

describe('gates', () => {
  test('are open for a history in order', () => {
    expect(() => requireOpen(historyGates(comparison([A, B], [A, B, C])), new Map())).not.toThrow()
    expect(() => requireOpen(historyGates(comparison([], [A, B, C])), new Map())).not.toThrow()
  })

  test.each([
    ['out-of-order', comparison([A, C], [A, B, C]), `${B} is pending but older than ${C}`],
    [
      'duplicate-prefix',
      comparison([A], [A, '20240104000000_x', '20240104000000_y']),
      'have the same timestamp',
    ],
    ['edited', comparison([A, B], [A, B], [B]), `${B}/migration.sql was edited`],
  ] as const)('%s is closed, says why, and can be let through with a reason', (gate, found, text) => {
    const attempt = () => requireOpen(historyGates(found), new Map())
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'gate-closed', exit: 3, message: expect.stringContaining(text) }),
    )
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining(`--allow "${gate}=`) }))
    expect(() => requireOpen(historyGates(found), parseAllowed([`${gate}=reviewed`], ''))).not.toThrow()
  })

  test('two applied migrations with one timestamp are history, and nobody can change it', () => {
    const names = ['20240104000000_x', '20240104000000_y']
    expect(() => requireOpen(historyGates(comparison(names, names)), new Map())).not.toThrow()
  })

  test.each(['out-of-order', 'out-of-order=', 'out-of-order= ', 'nonsense=why', '=why', ''])(
    '--allow %j is refused',
    value => {
      expect(() => parseAllowed([value], 'migrate deploy')).toThrow(
        expect.objectContaining({ code: 'usage-invalid' }),
      )
    },
  )
})
