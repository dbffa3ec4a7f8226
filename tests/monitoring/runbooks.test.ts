import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as rds from '@aws-sdk/client-rds'
import { describe, expect, test } from 'vitest'
import { alertGroups } from '../../monitoring/rules/alerts/registry.ts'
import { PROMETHEUS_SERIES } from '../../monitoring/rules/expression.ts'
import { generatedRules } from '../../monitoring/rules/generated-rules.ts'
import { RECORDING_RULES } from '../../monitoring/rules/recordings.ts'
import { writeYaml } from '../../monitoring/rules/write-yaml.ts'
import { RUNBOOK_BASE } from '../../monitoring/runbook-base.ts'
import { filledRunbooks, readRunbookNames } from '../../monitoring/runbooks.ts'
import { parseCommandLine } from '../../runner/cli/program.ts'
import { VERBS } from '../../runner/cli/verbs.ts'
import { catalogue, cataloguedSeries } from '../../runner/names.ts'
import { SECTIONS } from '../../runner/runbook/page.ts'
import { readPages } from '../../runner/runbook/read-pages.ts'
import { parseScript } from '../../runner/sql/parse.ts'
import { ROOT } from '../architecture/source-files.ts'
import { fences, inlineCode, withPlaceholders } from './runbooks-page-parts.ts'
import { QUESTIONS } from './runbooks-questions.ts'

const alerts = alertGroups().flatMap(group => group.alerts)
const pages = await readPages()
const names = pages.map(({ name }) => name)

describe('every alert has its page', () => {
  test('and every page its alert', () => {
    const known = alerts.map(({ name }) => name as string)
    expect(known.filter(name => !names.includes(name))).toEqual([])
    expect(names.filter(name => !known.includes(name))).toEqual([])
  })

  test('which its rule names, below one address', () => {
    for (const text of Object.values(generatedRules(readRunbookNames(ROOT)))) {
      const rules = text.split(/- alert: /).slice(1)
      expect(rules.length).toBeGreaterThan(50)
      for (const rule of rules) {
        const name = /^"(\w+)"/.exec(rule)?.[1] ?? ''
        expect(rule).toContain(`runbook_url: "${RUNBOOK_BASE}${name}.md"`)
      }
    }
  })

  test.each(pages)(
    '$name has all six parts and a head',
    ({ name, markdown, sections, severity, fires, summary }) => {
      expect(sections.map(({ title }) => title)).toEqual(SECTIONS)
      for (const { title, text } of sections) expect(text.length, title).toBeGreaterThan(40)
      expect(markdown.startsWith(`# ${name}\n\n<!-- alert -->\n`)).toBe(true)
      expect({ severity, fires, summary }).toEqual({
        severity: expect.stringMatching(/^(critical|warning|info|none)$/),
        fires: expect.stringMatching(/^(at once|after \d+[smhd])$/),
        summary: expect.stringMatching(/\.$/),
      })
      expect(markdown).not.toMatch(/\{\{|TODO|TBD/)
    },
  )

  test.each(Object.entries(filledRunbooks(ROOT, alerts)))(
    '%s says what its rule and its questions say (else: npm run monitoring)',
    (path, text) => {
      expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text)
    },
  )

  test('every question is asked by a page, and by none twice', () => {
    const asked = new Set(pages.flatMap(({ questions }) => questions))
    expect(QUESTIONS.map(({ name }) => name).filter(name => !asked.has(name))).toEqual([])
    for (const { name, questions } of pages) expect(new Set(questions).size, name).toBe(questions.length)
  })

  test('the package carries pages and questions', () => {
    const npm = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline']
    const [packed] = JSON.parse(execFileSync('npm', npm, { cwd: ROOT, encoding: 'utf8' }))
    const paths = new Set(packed.files.map(({ path }: { path: string }) => path))
    for (const name of names) expect(paths).toContain(`monitoring/runbooks/${name}.md`)
    for (const { name } of QUESTIONS) expect(paths).toContain(`monitoring/runbooks/sql/${name}.sql`)
  })
})

describe('what a page tells people to type exists', () => {
  test('every howdah command, with its flags, and every page it leads to', () => {
    const commands = pages.flatMap(({ name, markdown }) =>
      [...fences(markdown, 'sh').flatMap(text => text.split('\n')), ...inlineCode(markdown)].flatMap(line =>
        line.startsWith('howdah ') || / howdah /.test(line) ? [{ name, line }] : [],
      ),
    )
    expect(commands.length).toBeGreaterThan(pages.length)
    for (const { name, line } of commands) {
      const command = withPlaceholders(line.slice(line.indexOf('howdah ')).split(' | ')[0] ?? '')
      const argv = command.split(/\s+/).slice(1)
      const parsed = () => parseCommandLine(argv, '0', VERBS)
      expect(parsed, `${name}: ${line}`).not.toThrow()
      expect('help' in parsed(), `${name}: ${line}`).toBe(false)
      if (argv[0] === 'runbook') expect(names, `${name}: ${line}`).toContain(argv[1])
      if (argv[0] === 'metrics' && argv[1] === 'explain')
        expect(Object.keys(catalogue()), `${name}: ${line}`).toContain(argv[2])
    }
  })

  test('where ALTER SYSTEM is told, so is what to do on RDS, which refuses it', () => {
    const silent = pages.filter(({ sections }) => {
      const text = sections.find(({ title }) => title === 'Mitigation')?.text ?? ''
      return text.includes('ALTER SYSTEM') && !text.includes('parameter group')
    })
    expect(silent.map(({ name }) => name)).toEqual([])
  })

  test('every command of the AWS command line is an operation of its API, and every option a field of it', () => {
    const clients = { rds, cloudwatch } as Readonly<Record<string, Readonly<Record<string, unknown>>>>
    const commands = pages.flatMap(({ name, markdown }) =>
      fences(markdown, 'sh').flatMap(text =>
        [...text.matchAll(/^aws (?!sts get-caller-identity$)(\S+) (\S+)(.*)$/gm)].map(match => ({
          name,
          match,
        })),
      ),
    )
    expect(commands.length).toBeGreaterThan(5)
    for (const { name, match } of commands) {
      const [line, service = '', operation = '', rest = ''] = match
      expect(operationsOf(clients[service]).has(pascal(operation).toLowerCase()), `${name}: ${line}`).toBe(
        true,
      )
      const fields = fieldsOf(service)
      for (const [, option = ''] of rest.matchAll(/ --([\w-]+)/g))
        if (option !== 'query' && option !== 'output')
          expect(
            fields.has(pascal(option).toLowerCase()) ||
              fields.has(pascal(option.replace(/^no-/, '')).toLowerCase()),
            `${name}: --${option}`,
          ).toBe(true)
    }
  })

  test('every statement is one to the parser of Postgres', async () => {
    const scripts = pages.flatMap(({ name, markdown }) =>
      fences(markdown, 'sql')
        .filter(text => !text.startsWith('-- Tells: ') || !text.includes('-- Run on: pgbouncer'))
        .map(text => ({ name, text: withPlaceholders(text) })),
    )
    for (const { name, text } of scripts) {
      const parsed = await parseScript(text)
      expect(parsed.ok ? '' : parsed.reason, `${name}:\n${text}`).toBe('')
    }
  })
})

describe('expressions of the pages', () => {
  const expressions = pages.flatMap(({ name, markdown }) =>
    fences(markdown, 'promql').map(text => ({ name, text: withPlaceholders(text) })),
  )

  test('ask only for metrics of the catalogue and recordings of ours', () => {
    expect(expressions.length).toBeGreaterThan(pages.length)
    const known = new Set<string>([
      ...Object.keys(cataloguedSeries()),
      ...PROMETHEUS_SERIES,
      ...RECORDING_RULES.map(({ record }) => record),
    ])
    const unknown = expressions.flatMap(({ name, text }) =>
      [...text.replace(/"[^"]*"/g, '""').matchAll(/\b(?:[\w]+:)?(?:pg|pgbouncer|howdah|rds)_[\w:]+/g)]
        .map(([metric]) => metric)
        .filter(metric => !known.has(metric))
        .map(metric => `${name}: ${metric}`),
    )
    expect(unknown).toEqual([])
  })

  describe.skipIf(spawnSync('promtool', ['--version']).status !== 0)(
    'promtool (needs promtool: apt-get install prometheus)',
    () => {
      test('are PromQL', () => {
        const folder = mkdtempSync(join(tmpdir(), 'howdah-runbooks-'))
        try {
          const rules = expressions.map(({ text }, index) => ({ record: `runbook:${index}`, expr: text }))
          const file = join(folder, 'rules.yaml')
          writeFileSync(file, writeYaml({ groups: [{ name: 'runbooks', rules }] }))
          const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], {
            encoding: 'utf8',
          })
          expect({ status, said: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, said: '' })
        } finally {
          rmSync(folder, { recursive: true })
        }
      })
    },
  )
})

const pascal = (text: string) =>
  text
    .split('-')
    .map(word => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('')

/** Operations of a client, in small letters. */
const operationsOf = (client: Readonly<Record<string, unknown>> = {}) =>
  new Set(
    Object.keys(client).flatMap(key => (key.endsWith('Command') ? [key.slice(0, -7).toLowerCase()] : [])),
  )

/** Names of all fields of a service's requests, in small letters: its models write `DBInstance`, its command line `db-instance`. */
function fieldsOf(service: string): ReadonlySet<string> {
  const folder = join(ROOT, `node_modules/@aws-sdk/client-${service}/dist-types/models`)
  const models = readdirSync(folder).filter(file => file.startsWith('models_'))
  const text = models.map(file => readFileSync(join(folder, file), 'utf8')).join('\n')
  return new Set([...text.matchAll(/^ {4}(\w+)\??:/gm)].map(([, field = '']) => field.toLowerCase()))
}
