import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProgram, everyCommand } from '../../runner/cli/program.ts'
import { VERBS } from '../../runner/cli/verbs.ts'
import { SETTING_NAMES, SETTINGS } from '../../runner/config/settings.ts'
import { ERRORS } from '../../runner/core/error-table.ts'
import { EXIT } from '../../runner/core/exit-codes.ts'
import { GENERATED, sectionOf, tableRows, withSection } from './generated-sections.ts'
import { filesBelow, ROOT } from './source-files.ts'

const code = filesBelow(['runner', 'prisma'], ['.ts']).filter(({ path }) => !path.endsWith('.test.ts'))
const document = (name: string) => readFileSync(join(ROOT, name), 'utf8')

describe('documents', () => {
  const cases = Object.entries(GENERATED).flatMap(([file, sections]) =>
    Object.entries(sections).map(([mark, content]) => ({ file, mark, content })),
  )

  test.each(cases)(
    '$file has the table of $mark that the code has (else: npm run docs)',
    ({ file, mark, content }) => {
      expect(tableRows(sectionOf(document(file), mark))).toEqual(tableRows(content()))
    },
  )

  test('a stale table is found', () => {
    const stale = withSection(
      document('ARCHITECTURE.md'),
      'errors',
      '| code | exit |\n| --- | --- |\n| `retired` | 1 |',
    )
    expect(tableRows(sectionOf(stale, 'errors'))).not.toEqual(
      tableRows(GENERATED['ARCHITECTURE.md']?.errors?.()),
    )
  })
})

describe('error codes', () => {
  const used = new Set(
    code.flatMap(({ text }) =>
      [...text.matchAll(/new HowdahError\(\s*'([a-z0-9-]+)'/g)].map(match => match[1] ?? ''),
    ),
  )

  test('every code that is used is declared, and every declared one is used', () => {
    expect([...used].sort()).toEqual(Object.keys(ERRORS).sort())
  })

  test('every exit code is one of the documented ones', () => {
    const known: readonly number[] = Object.values(EXIT)
    for (const { exit } of Object.values(ERRORS)) expect(known).toContain(exit)
  })
})

describe('settings', () => {
  test('every setting is used by the code and offered by a verb', () => {
    const users = code.filter(({ path }) => !path.startsWith('runner/config/')).map(({ text }) => text)
    const unused = SETTING_NAMES.filter(name => !users.some(text => new RegExp(`\\b${name}\\b`).test(text)))
    const offered = new Set(VERBS.flatMap(verb => verb.settings).concat('logLevel', 'logFormat'))
    expect(unused).toEqual([])
    expect(SETTING_NAMES.filter(name => !offered.has(name))).toEqual([])
  })

  test('no variable belongs to two settings', () => {
    const variables = SETTING_NAMES.flatMap(name => [...SETTINGS[name].env])
    expect(new Set(variables).size).toBe(variables.length)
  })
})

describe('verbs', () => {
  test('every verb explains itself with examples that parse', () => {
    for (const verb of VERBS) {
      expect(verb.examples.length, verb.path.join(' ')).toBeGreaterThan(0)
      const program = createProgram('0', VERBS, () => undefined)
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
