import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  componentProblem,
  disallowedImport,
  importProblem,
  importTimeProblem,
  lengthProblem,
  nameProblem,
  packageProblem,
  processProblem,
} from './rules.ts'
import { filesBelow, findCycle, ROOT, type SourceFile } from './source-files.ts'

const runner = filesBelow(['runner'], ['.ts', '.js'])
const monitoring = filesBelow(['monitoring'], ['.ts'])
const infra = filesBelow(['infra'], ['.ts'])
const everything = [...monitoring, ...infra, ...filesBelow(['runner', 'tests', 'prisma'], ['.ts', '.js'])]

const problems = (files: readonly SourceFile[], rule: (file: SourceFile) => string | undefined) =>
  files.flatMap(file => rule(file) ?? [])

describe('the house keeps its rules', () => {
  test('there is a house to look at', () => {
    expect(runner.length).toBeGreaterThan(40)
    expect(runner.flatMap(file => file.imports).length).toBeGreaterThan(100)
    expect(monitoring.length).toBeGreaterThan(10)
  })

  test('a room imports only what is below it, and from a capability only its public file', () => {
    expect(
      [...runner, ...monitoring, ...infra].flatMap(({ path, imports }) =>
        imports.flatMap(to => importProblem(path, to) ?? componentProblem(path, to) ?? []),
      ),
    ).toEqual([])
  })

  test('no import goes round in a circle', () => {
    expect(findCycle(everything)).toBeUndefined()
  })

  test('no file is longer than 300 lines', () => {
    expect(problems(everything, lengthProblem)).toEqual([])
  })

  test('no file or folder has a name that says nothing', () => {
    expect(problems(everything, nameProblem)).toEqual([])
  })

  test('only main.ts touches the process, and nothing prints past the report and the log', () => {
    expect(problems([...runner, ...monitoring, ...infra], processProblem)).toEqual([])
  })

  test('no module does work when it is imported', () => {
    expect(problems([...runner, ...monitoring, ...infra], importTimeProblem)).toEqual([])
  })

  test('what the runner needs when it runs comes with it', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const packages = new Set(Object.keys(dependencies))
    const shipped = runner.filter(({ path }) => !path.endsWith('.test.ts'))
    expect(problems(shipped, file => packageProblem(file, packages))).toEqual([])
  })

  test('relative imports carry their ending', () => {
    expect(problems(everything, disallowedImport)).toEqual([])
  })
})

describe('each rule can fail', () => {
  const file = (path: string, text: string, imports: string[] = []): SourceFile => ({ path, text, imports })

  test('an import upwards, or past a public file, is found', () => {
    expect(importProblem('runner/core/log.ts', 'runner/config/load.ts')).toContain('core is below config')
    expect(importProblem('runner/seed/seed.ts', 'runner/migrate/plan.ts')).toContain('not a public file')
    expect(importProblem('runner/seed/seed.ts', 'runner/migrate/migrate.ts')).toBeUndefined()
    expect(importProblem('runner/cli/up.ts', 'runner/core/log.ts')).toBeUndefined()
  })

  test('an import of monitoring past the names of the runner, or of monitoring by the runner, is found', () => {
    expect(importProblem('monitoring/rules/rule.ts', 'runner/metrics/metrics.ts')).toContain(
      'runner/names.ts',
    )
    expect(importProblem('monitoring/rules/rule.ts', 'runner/names.ts')).toBeUndefined()
    expect(importProblem('runner/cli/serve.ts', 'runner/names.ts')).toBeDefined()
    expect(importProblem('runner/cli/serve.ts', 'monitoring/runbooks.ts')).toBeDefined()
    expect(importProblem('runner/names.ts', 'runner/metrics/catalogue.ts')).toContain('not a public file')
  })

  test('a component that knows another, or the settings, is found', () => {
    expect(componentProblem('infra/components/keys.ts', 'infra/settings/settings.ts')).toContain('settings')
    expect(
      componentProblem('infra/components/pooler/pooler.ts', 'infra/components/runner/runner.ts'),
    ).toContain('another component')
    expect(
      componentProblem('infra/components/pooler/pooler.ts', 'infra/components/fargate/task.ts'),
    ).toBeUndefined()
    expect(componentProblem('infra/index.ts', 'infra/components/keys.ts')).toBeUndefined()
  })

  test('a package that is there for development alone is found, and a type is not taken for one', () => {
    const problem = (text: string) => packageProblem(file('runner/x/a.ts', text), new Set(['pg', '@a/b']))
    for (const text of [
      "import { x } from 'yaml'",
      "  await import('yaml')",
      "import {\n  x,\n} from 'yaml/deep'",
    ])
      expect(problem(text)).toContain('needs yaml')
    for (const text of [
      "import type { x } from 'yaml'",
      "import pg from 'pg'",
      "import '@a/b/c'",
      "import 'node:fs'",
    ])
      expect(problem(text)).toBeUndefined()
  })

  test('a circle is found', () => {
    expect(
      findCycle([file('a.ts', '', ['b.ts']), file('b.ts', '', ['c.ts']), file('c.ts', '', ['a.ts'])]),
    ).toEqual(['a.ts', 'b.ts', 'c.ts', 'a.ts'])
  })

  test('a long file, a vague name, a console, a process and work at import time are found', () => {
    expect(lengthProblem(file('a.ts', 'x\n'.repeat(301)))).toBeDefined()
    expect(nameProblem(file('runner/core/utils.ts', ''))).toBeDefined()
    expect(nameProblem(file('runner/helpers/x.ts', ''))).toBeDefined()
    expect(processProblem(file('runner/x/a.ts', 'console.log(1)'))).toBeDefined()
    expect(processProblem(file('runner/x/a.ts', 'const a = process.env.X'))).toBeDefined()
    expect(processProblem(file('runner/x/a.ts', '// process.env is not touched'))).toBeUndefined()
    expect(importTimeProblem(file('runner/x/a.ts', "import x from 'y'\nstart()\n"))).toBeDefined()
  })
})
