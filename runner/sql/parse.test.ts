import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseScript, summarize } from './parse.ts'

const texts = async (script: string) => {
  const parsed = await parseScript(script)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.statements.map(({ text }) => text)
}

describe('a script is split as the server would read it', () => {
  test.each<[string, string[]]>([
    ['', []],
    [' \n-- nothing\n/* here; either */', []],
    ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ["SELECT ';'; SELECT E'\\';' ; SELECT 3;;", ["SELECT ';'", "SELECT E'\\';'", 'SELECT 3']],
    [
      'DO $$ BEGIN PERFORM 1; END $$; SELECT $a$;$b$;$a$',
      ['DO $$ BEGIN PERFORM 1; END $$', 'SELECT $a$;$b$;$a$'],
    ],
    ['/* a /* nested; */ ; */ SELECT 1 -- ; not here\n, 2;', ['SELECT 1 -- ; not here\n, 2']],
    [
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3',
      ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END', 'SELECT 3'],
    ],
    ['SELECT \'é𝄞\';\r\nSELECT "ü;" FROM t;\r\n', ["SELECT 'é𝄞'", 'SELECT "ü;" FROM t']],
  ])('%j', async (script, expected) => {
    expect(await texts(script)).toEqual(expected)
  })

  test('whatever characters stand in strings, names and comments, each statement is found where it stands', async () => {
    // Postgres' scanner works on C strings: a zero byte ends the text, and the server would never accept one.
    const content = fc.string({ unit: 'grapheme', maxLength: 12 }).map(text => text.replaceAll('\0', ''))
    const quoted = content.map(text => `SELECT '${text.replaceAll("'", "''")}'`)
    const named = content
      .filter(text => text !== '')
      .map(text => `SELECT 1 AS "${text.replaceAll('"', '""')}"`)
    const comment = content.map(text => `/* ${text.replaceAll(/[*/]/g, '')} */`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(comment, fc.oneof(quoted, named)), { minLength: 1, maxLength: 5 }),
        async parts => {
          const script = parts.map(([before, statement]) => `${before}\n${statement}`).join(';\n')
          const parsed = await parseScript(script)
          if (!parsed.ok) throw new Error(parsed.reason)
          expect(parsed.statements.map(({ text }) => text)).toEqual(
            parts.map(([, statement]) => statement.trimEnd()),
          )
          for (const { start, text, line } of parsed.statements) {
            expect(script.slice(start, start + text.length)).toBe(text)
            expect(script.slice(0, start).split('\n')).toHaveLength(line)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a mistake is reported at its place, in UTF-16 units', async () => {
    const script = "SELECT 'é𝄞';\nSELECT 1 FROM FROM x"
    expect(await parseScript(script)).toMatchObject({
      ok: false,
      offset: script.lastIndexOf('FROM'),
      reason: expect.stringContaining('FROM'),
    })
    expect(await parseScript("SELECT 'open")).toMatchObject({
      ok: false,
      reason: expect.stringContaining('unterminated'),
    })
    expect(await parseScript('\\i other.sql')).toMatchObject({ ok: false, offset: 0 })
  })
})

describe('a summary', () => {
  test.each([
    ["ALTER ROLE app PASSWORD 's3cret'", "ALTER ROLE app PASSWORD '…'"],
    ["SELECT E'a', U&'b', B'1', X'f', $x$ c $x$, 'it''s'", "SELECT '…', '…', '…', '…', '…', '…'"],
    ['CREATE  TABLE\n t -- why\n (id int)', 'CREATE TABLE t (id int)'],
  ])('of %j holds no constant', async (text, expected) => {
    await parseScript('SELECT 1')
    expect(summarize({ text })).toBe(expected)
  })

  test('is cut to a line', async () => {
    await parseScript('SELECT 1')
    expect(summarize({ text: `SELECT ${'x, '.repeat(200)}y` })).toMatch(/^.{99}…$/)
  })
})
