import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProgram, everyCommand } from '../../runner/cli/program.ts'
import { VERBS } from '../../runner/cli/verbs.ts'
import { settingsTable } from '../../runner/config/present.ts'
import { SETTING_NAMES, SETTINGS } from '../../runner/config/settings.ts'
import { ERRORS } from '../../runner/core/error-table.ts'
import { EXIT } from '../../runner/core/exit-codes.ts'
import { filesBelow, ROOT } from './source-files.ts'

const runner = filesBelow(['runner', 'prisma'], ['.ts']).filter(({ path }) => !path.endsWith('.test.ts'))
const document = (name: string) => readFileSync(join(ROOT, name), 'utf8')

/** The part of a document between two marks. */
function section(text: string, name: string): string {
  const [, inside] = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n?<!-- /${name} -->`).exec(text) ?? []
  return (inside ?? '').trim()
}

const rows = (table: string) => table.split('\n').map(line => line.replace(/\s+/g, ' ').replace(/-+/g, '-'))

describe('error codes', () => {
  const codes = Object.keys(ERRORS)
  const used = new Set(
    runner.flatMap(({ text }) =>
      [...text.matchAll(/new HowdahError\(\s*'([a-z-]+)'/g)].map(match => match[1] ?? ''),
    ),
  )

  test('every code that is used is declared, and every declared one is used', () => {
    expect([...used].sort()).toEqual([...codes].sort())
  })

  test('every code is documented with its exit code, and nothing else is', () => {
    const documented = section(document('ARCHITECTURE.md'), 'errors')
    const expected = Object.entries(ERRORS).map(([code, { exit }]) => `| \`${code}\` | ${exit} |`)
    expect(rows(documented).slice(2)).toEqual(expected)
  })

  test('every exit code is one of the documented ones', () => {
    const known: readonly number[] = Object.values(EXIT)
    for (const { exit } of Object.values(ERRORS)) expect(known).toContain(exit)
  })
})

describe('settings', () => {
  test('every setting is used by the code and offered by a verb', () => {
    const code = runner
      .filter(({ path }) => !path.startsWith('runner/config/'))
      .map(({ text }) => text)
      .join('\n')
    const unused = SETTING_NAMES.filter(name => !new RegExp(`\\b${name}\\b`).test(code))
    const offered = new Set(VERBS.flatMap(verb => verb.settings).concat('logLevel', 'logFormat'))
    expect(unused).toEqual([])
    expect(SETTING_NAMES.filter(name => !offered.has(name))).toEqual([])
  })

  test('no variable and no flag belongs to two settings', () => {
    const variables = SETTING_NAMES.flatMap(name => [...SETTINGS[name].env])
    expect(new Set(variables).size).toBe(variables.length)
  })

  test("the README's table is the settings table", () => {
    expect(rows(section(document('README.md'), 'settings'))).toEqual(rows(settingsTable()))
  })
})

describe('verbs', () => {
  test('the README lists every verb with its summary, as --help does', () => {
    const listed = section(document('README.md'), 'verbs')
    const expected = VERBS.map(verb => `| \`howdah ${verb.path.join(' ')}\` | ${verb.summary} |`)
    expect(rows(listed).slice(2)).toEqual(expected)
  })

  test('every verb explains itself with examples that parse', () => {
    for (const verb of VERBS) {
      expect(verb.examples.length, verb.path.join(' ')).toBeGreaterThan(0)
      const program = createProgram('0', () => undefined)
      for (const command of [program, ...everyCommand(program)]) {
        command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
      }
      for (const { command } of verb.examples) {
        const words = /howdah ([^|]*)/.exec(command)?.[1]?.trim().split(/\s+/) ?? []
        expect(() => program.parse(words, { from: 'user' }), command).not.toThrow()
      }
    }
  })
})
