import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { expressionsOf } from '../../monitoring/dashboards/panel.ts'
import { dashboards } from '../../monitoring/dashboards/registry.ts'
import { alertGroups } from '../../monitoring/rules/alerts/registry.ts'
import { AWAITED_METRICS } from '../../monitoring/rules/awaited-metrics.ts'
import { PROMETHEUS_SERIES } from '../../monitoring/rules/expression.ts'
import { generatedRules } from '../../monitoring/rules/generated-rules.ts'
import { missingMetrics } from '../../monitoring/rules/missing-metrics.ts'
import { RECORDING_RULES } from '../../monitoring/rules/recordings.ts'
import { readRunbookNames } from '../../monitoring/runbooks.ts'
import { cataloguedSeries, DEFAULT_METRICS_PORT, verbNames } from '../../runner/names.ts'
import { ROOT } from '../architecture/source-files.ts'

const RULES = 'monitoring/rules/howdah.yaml'
const alerts = alertGroups().flatMap(group => group.alerts)
const expressions = [...alerts, ...RECORDING_RULES].map(({ expression }) => expression)
const committed = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const metricsIn = (text: string) =>
  [...text.matchAll(/(?<![\w:"])(?:(?:pg|pgbouncer|rds|howdah|process|nodejs)_\w+|up)\b(?!:)/g)].map(
    ([name]) => name,
  )

const runbooks = readRunbookNames(ROOT)
const generated = Object.entries(generatedRules(runbooks)).map(([path, text]) => ({ path, text }))

test.each(generated)('$path is what the rules say (else: npm run monitoring)', ({ path, text }) => {
  expect(committed(path)).toBe(text)
})

describe('metrics', () => {
  const known = cataloguedSeries()
  const labelsOf = (name: string): readonly string[] =>
    known[name]?.labels ?? (AWAITED_METRICS as Record<string, readonly string[]>)[name] ?? []

  test('a generated rule asks only for metrics of the catalogue', () => {
    const asked = metricsIn(
      committed(RULES).replace(/^\s*(summary|description|alert|runbook_url): .*$/gm, ''),
    )
    expect(asked.length).toBeGreaterThan(20)
    const prometheus: readonly string[] = PROMETHEUS_SERIES
    expect(asked.filter(name => !(name in known) && !prometheus.includes(name))).toEqual([])
  })

  test('every rule whose metrics the catalogue has is generated, and no other', () => {
    const ready = alerts.filter(({ expression }) => missingMetrics(expression).length === 0)
    const written = [...committed(RULES).matchAll(/alert: "(\w+)"/g)].map(match => match[1])
    expect(written).toEqual(ready.map(({ name }) => name))
    const waiting = alerts.find(({ name }) => name === 'PgDown')
    expect(waiting && missingMetrics({ ...waiting.expression, metrics: ['pgbouncer_up'] }).length).toBe(
      'pgbouncer_up' in known ? 0 : 1,
    )
  })

  test('a rule that is left out waits for a metric that is awaited', () => {
    const awaited = Object.keys(AWAITED_METRICS)
    const left = alerts.flatMap(({ expression }) => missingMetrics(expression))
    expect(left.filter(name => !awaited.includes(name))).toEqual([])
  })

  test('what is awaited is neither there already (then: drop its line) nor awaited by nobody', () => {
    const awaited = Object.keys(AWAITED_METRICS)
    expect(awaited.filter(name => name in known)).toEqual([])
    const drawn = dashboards().flatMap(({ rows }) =>
      rows.flatMap(({ panels }) => panels.flatMap(expressionsOf)),
    )
    const used = new Set<string>([...expressions, ...drawn].flatMap(({ metrics }) => metrics))
    expect(awaited.filter(name => !used.has(name))).toEqual([])
  })

  test('an expression has no metric but those it declares, and only labels that they have', () => {
    for (const { text, metrics } of expressions) {
      const declared: readonly string[] = metrics
      expect(
        metricsIn(text).filter(name => !declared.includes(name)),
        text,
      ).toEqual([])
      const labels = new Set(['job', 'instance', ...metrics.flatMap(labelsOf)])
      const named = [
        ...[...text.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(match => match[1]?.split(', ') ?? []),
        ...[...text.matchAll(/[{,](\w+)(?:=|!=|=~|!~)"/g)].map(match => match[1] ?? ''),
      ]
      expect(
        named.filter(label => !labels.has(label)),
        text,
      ).toEqual([])
    }
  })

  test('every metric is aggregated by job and instance, or asked whether it is absent', () => {
    const loose = expressions.filter(({ text }) => metricsIn(withoutAggregations(text)).length > 0)
    expect(loose.map(({ text }) => text)).toEqual(['absent(pg_up{job="howdah"})'])
    expect(metricsIn(withoutAggregations('max by (job, instance) (pg_up) == 0 or pg_up == 0'))).toEqual([
      'pg_up',
    ])
    expect(metricsIn(withoutAggregations('max by (datname) (pg_up) == 0'))).toEqual(['pg_up'])
  })
})

/** The text without its aggregations by job and instance. */
function withoutAggregations(text: string): string {
  const head = /\b(?:max|min|sum) by \(job, instance[^)]*\) \(/.exec(text)
  if (!head) return text
  let end = head.index + head[0].length
  for (let depth = 1; depth > 0 && end < text.length; end++)
    depth += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0
  return withoutAggregations(text.slice(0, head.index) + text.slice(end))
}

test('a recording is generated once, in the group of the alerts that use it', () => {
  const groups = committed(RULES)
    .split(/^ {2}- name: /m)
    .slice(1)
  for (const { record, expression } of RECORDING_RULES) {
    const holding = groups.filter(group => group.includes(`record: "${record}"`))
    expect(holding, record).toHaveLength(missingMetrics(expression).length === 0 ? 1 : 0)
    const using = groups.filter(group => group.includes(record))
    expect(using, record).toEqual(holding)
  }
})

describe('what an alert tells people', () => {
  test('names are used once, and each has a comparison', () => {
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length)
    for (const { name, expression } of alerts)
      if (!/^(vector|absent)\(/.test(expression.text)) expect(expression.text, name).toMatch(/ (==|>|>=|<) /)
  })

  test('every command in a description is one', () => {
    const commands = alerts.flatMap(({ description }) =>
      [...description.matchAll(/`howdah ([^`]+)`/g)].map(match => match[1] ?? ''),
    )
    expect(commands.length).toBeGreaterThan(5)
    expect(commands.filter(command => !verbNames().includes(command))).toEqual([])
  })
})

describe('configuration to start from', () => {
  const alertmanager = committed('monitoring/alertmanager.yml')

  test('Alertmanager is told of no alert that does not exist', () => {
    const named = [...alertmanager.matchAll(/alertname(?:=~?|!=)"([^"]+)"/g)].flatMap(
      match => match[1]?.split('|') ?? [],
    )
    const names = alerts.map(({ name }) => name as string)
    expect(named.filter(name => name !== 'Pg.+' && !names.includes(name))).toEqual([])
    const second = names.filter(name => name.endsWith('Critical'))
    expect(second.filter(name => !alertmanager.includes(`source_matchers: [alertname="${name}"]`))).toEqual(
      [],
    )
  })

  test('Prometheus scrapes the port that `howdah serve` listens on', () => {
    expect(committed('monitoring/prometheus.yml')).toContain(`targets: ["127.0.0.1:${DEFAULT_METRICS_PORT}"]`)
  })

  const tools = [
    { tool: 'promtool', args: ['check', 'config'], file: 'prometheus.yml', packaged: 'prometheus' },
    { tool: 'promtool', args: ['check', 'rules'], file: 'rules/howdah.yaml', packaged: 'prometheus' },
    { tool: 'amtool', args: ['check-config'], file: 'alertmanager.yml', packaged: 'prometheus-alertmanager' },
  ]
  for (const { tool, args, file, packaged } of tools)
    describe.skipIf(spawnSync(tool, ['--version']).status !== 0)(
      `${tool} (needs ${tool}: apt-get install ${packaged})`,
      () => {
        test(`finds nothing wrong with ${file}`, () => {
          const { status, stdout, stderr } = spawnSync(tool, [...args, join(ROOT, 'monitoring', file)])
          expect({ status, said: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, said: '' })
        })
      },
    )
})
