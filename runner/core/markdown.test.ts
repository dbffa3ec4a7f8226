import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorBlocks } from './error-markdown.ts'
import { HowdahError } from './errors.ts'
import { code, fenced, prose, renderMarkdown, type Table } from './markdown.ts'

const NASTY = [
  'a|b',
  'a\\|b',
  '``|`',
  '`',
  ' ` ',
  '@octocat',
  '#1',
  '<img src=x onerror=alert(1)>',
  '</details>',
  '[x](https://evil.example)',
  'www.evil.example',
  'http://evil.example',
  'me@evil.example',
  'a\nb',
  '\r\n\r\n# x',
  '$`x`$',
  ':smile:',
  '\u{202e}gpj.exe',
  '*x*',
  '~~x~~',
  '&amp;',
  '<!--',
  '1. x',
  '---',
  'GH-1',
  '\u{0}',
  '\u{d800}',
]

/** Any text, and above all text made of what Markdown means something by. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom(...NASTY, ' ', 'word', '_', '\\', '`', '|', '\n'), { maxLength: 12 })
    .map(parts => parts.join('')),
)

/** The text of pieces of code, as CommonMark reads them, and what stands outside them. */
function readCode(markdown: string): { text: string; outside: string } {
  let [text, outside, at] = ['', '', 0]
  while (at < markdown.length) {
    const mark = /^`+/.exec(markdown.slice(at))?.[0]
    if (mark === undefined) {
      outside += markdown[at]
      at += 1
      continue
    }
    const rest = markdown.slice(at + mark.length)
    const end = [...rest.matchAll(/`+/g)].find(([run]) => run === mark)
    if (!end) throw new Error(`code without an end: ${markdown}`)
    const inner = rest.slice(0, end.index)
    text += /^ .* $/s.test(inner) && inner.trim() !== '' ? inner.slice(1, -1) : inner
    outside += '¤'
    at += mark.length + end.index + mark.length
  }
  return { text, outside }
}

describe('code', () => {
  test('is one piece of code from end to end, without line break or bare pipe, whatever the text', () => {
    fc.assert(
      fc.property(hostile, value => {
        const markdown = code(value)
        expect(markdown).not.toMatch(/[\n\r|]/)
        expect(readCode(markdown).outside.replaceAll('<code>&#124;</code>', '').replaceAll('¤', '')).toBe(
          value === '' ? '—' : '',
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('shows printable text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 80 }), value => {
        const pieces = code(value).split('<code>&#124;</code>')
        expect(pieces.map(piece => readCode(piece).text).join('|')).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })

  test('shows what would hide or turn the text, and cuts what is endless', () => {
    expect(code('a\nb\u{202e}c')).toBe('`a␊b\u{fffd}c`')
    expect(code('x'.repeat(500))).toBe(`\`${'x'.repeat(299)}…\``)
  })
})

test('a sentence keeps its words, and everything in it that could mean something is code', () => {
  expect(prose('Look at @octocat, then `howdah migrate resolve --rolled-back 1_a` (or --applied).')).toBe(
    'Look at `@octocat`, then `howdah migrate resolve --rolled-back 1_a` (or `--applied`).',
  )
  fc.assert(
    fc.property(hostile, sentence => {
      const { outside } = readCode(prose(sentence))
      expect(outside.replaceAll('<code>&#124;</code>', '')).toMatch(/^[\p{L}\d\s.,;:()"'’!?/–—…·¤-]*$/u)
      expect(outside).not.toMatch(/\/\/|:\p{L}+:/u)
    }),
    { numRuns: 2000 },
  )
})

test('a block ends where it ends, whatever is in it', () => {
  fc.assert(
    fc.property(hostile, text => {
      const lines = fenced(text).split('\n')
      const fence = /^`+/.exec(lines[0] ?? '')?.[0] ?? ''
      expect(lines[0]).toBe(`${fence}text`)
      expect(lines.findIndex((line, index) => index > 0 && line.trimStart().startsWith(fence))).toBe(
        lines.length - 1,
      )
      for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: 1000 },
  )
})

const tableOf = (names: readonly string[]): Table => ({
  columns: [{ name: '' }, { name: 'name' }],
  rows: names.map((name, index) => ({
    cells: [`${index}`, code(name)],
    important: index === names.length - 1,
  })),
  folded: 'all of them',
})

test('every row has the columns of its table, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), names => {
      const lines = renderMarkdown([tableOf(names)], 1_000_000)
        .trimEnd()
        .split('\n')
      expect(lines).toHaveLength(names.length + 2)
      for (const line of lines) expect(line.split('|')).toHaveLength(4)
    }),
  )
})

test('a document keeps within its size: rows go, the important ones last, and their number is told', () => {
  const names = Array.from({ length: 5000 }, (_, index) => `${index}_${'ü'.repeat(40)}`)
  const text = renderMarkdown(['# Head', tableOf(names), 'Foot'], 20_000)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000)
  expect(Buffer.byteLength(text)).toBeGreaterThan(15_000)
  const shown = text.split('\n').filter(line => line.includes('ü')).length
  expect(text).toContain(`${(5000 - shown).toLocaleString('en-US')} rows left out`)
  expect(text).toContain('`4999_')
  expect(text).toMatch(/^# Head\n\n<details><summary>all of them<\/summary>\n\n\|/)
  expect(text).toContain('</details>\n\nFoot')
})

test('an error has its code, message and excerpt as a block, and what to do', () => {
  const error = new HowdahError(
    'migration-failed',
    {
      location: '2_`x`/migration.sql:1:1',
      reason: 'relation "```" is @octocat',
      sqlstate: '42P01',
      remains: 'Nothing of it is there.',
      again: '`howdah migrate deploy`',
    },
    { excerpt: '  1 | SELECT\n      ^' },
  )
  error.attachCleanup('the connection <b>was</b> lost')
  expect(errorBlocks(error).join('\n\n')).toBe(
    [
      'Error `migration-failed`, exit code 4:',
      '',
      '````text',
      '2_`x`/migration.sql:1:1: relation "```" is @octocat (SQLSTATE 42P01)',
      '  1 | SELECT',
      '      ^',
      '````',
      '',
      'Also, while cleaning up:',
      '',
      '```text',
      'the connection <b>was</b> lost',
      '```',
      '',
      '**What to do:** Nothing of it is there. Correct the file and run `howdah migrate deploy` again.',
    ].join('\n'),
  )
})
