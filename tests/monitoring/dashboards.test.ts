import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'
import { describe, expect, test } from 'vitest'
import { readyRows } from '../../monitoring/dashboards/draw-dashboard.ts'
import { generatedDashboards } from '../../monitoring/dashboards/generated-dashboards.ts'
import { readyPart, stat, UNITS } from '../../monitoring/dashboards/panel.ts'
import { labelsOf, selected } from '../../monitoring/dashboards/query.ts'
import { dashboards } from '../../monitoring/dashboards/registry.ts'
import { DATASOURCE_UID } from '../../monitoring/dashboards/variables.ts'
import { AWAITED_METRICS } from '../../monitoring/rules/awaited-metrics.ts'
import { PROMETHEUS_SERIES, type SeriesName } from '../../monitoring/rules/expression.ts'
import { RECORDING_RULES } from '../../monitoring/rules/recordings.ts'
import { cataloguedSeries } from '../../runner/names.ts'
import { committed, drawn, FOLDER, files, shown } from './committed-dashboards.ts'

const queriesOf = ({ targets = [] }: Panel) => targets.map(target => target as Dataquery)
const expressions = shown.flatMap(({ where, panel }) =>
  queriesOf(panel).map(({ expr, legendFormat: legend = '' }) => ({ where, expr, legend })),
)
const generated = Object.entries(generatedDashboards()).map(([path, text]) => ({ path, text }))

test.each(generated)('$path is what the dashboards say (else: npm run monitoring)', ({ path, text }) => {
  expect(committed(path)).toBe(text)
})

test('there is no dashboard that nobody generates any more', () => {
  const paths = generated.map(({ path }) => path)
  expect(files.filter(file => !paths.includes(`${FOLDER}/${file}`))).toEqual([])
  expect(files).toHaveLength(9)
})

describe('what is asked for', () => {
  const known = new Set<string>([...Object.keys(cataloguedSeries()), ...PROMETHEUS_SERIES])
  const metricsIn = (text: string) =>
    [
      ...text.matchAll(
        /(?<![\w:"])((?:pg|pgbouncer|howdah|process|nodejs|rds|scrape)_\w+|up|ALERTS)\b(?!:)/g,
      ),
    ].map(([name]) => name)

  test('every metric of a panel is in the catalogue, or made by Prometheus or the process', () => {
    expect(expressions.length).toBeGreaterThan(150)
    const unknown = expressions.filter(({ expr }) => metricsIn(expr).some(name => !known.has(name)))
    expect(unknown).toEqual([])
    const chosen = drawn.flatMap(({ templating }) =>
      (templating?.list ?? []).map(({ query }) => String(query)),
    )
    expect(chosen.flatMap(metricsIn).filter(name => !known.has(name))).toEqual([])
    expect(chosen.flatMap(metricsIn).length).toBeGreaterThan(drawn.length)
    expect(expressions.filter(({ expr }) => metricsIn(expr).length === 0 && !expr.includes(':pg_'))).toEqual(
      [],
    )
  })

  test('labels that an expression names are labels of its metrics', () => {
    for (const { where, expr, legend } of expressions) {
      const recorded = RECORDING_RULES.filter(({ record }) => expr.includes(record))
      const labels = new Set([
        ...['job', 'instance', 'le', 'alertname', 'alertstate', 'severity'],
        ...recorded.flatMap(({ expression }) => expression.metrics.flatMap(labelsOf)),
        ...metricsIn(expr).flatMap(labelsOf),
      ])
      const named = [
        ...[...legend.matchAll(/{{(\w+)}}/g)].map(match => match[1] ?? ''),
        ...[...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(match => match[1]?.split(', ') ?? []),
        ...[...expr.matchAll(/[{,](\w+)(?:=|!=|=~|!~)"/g)].map(match => match[1] ?? ''),
      ]
      expect(
        named.filter(label => !labels.has(label)),
        `${where}: ${expr}`,
      ).toEqual([])
    }
  })

  test('labels that are columns of a table are labels of its metrics', () => {
    const tables = dashboards().flatMap(dashboard => readyRows(dashboard).flatMap(({ panels }) => panels))
    let seen = 0
    for (const panel of tables) {
      if (panel.kind !== 'table') continue
      const metrics = panel.columns.flatMap(({ expression }) => expression.metrics)
      const labels = new Set(['job', 'instance', 'alertname', 'severity', ...metrics.flatMap(labelsOf)])
      expect(
        panel.labels.filter(label => !labels.has(label)),
        panel.title,
      ).toEqual([])
      seen += panel.labels.length
    }
    expect(seen).toBeGreaterThan(20)
  })

  test('a panel appears with its metric, and not before; of a table, the columns that have one', () => {
    const ready = { expression: selected('pg_up'), legend: 'a' }
    const missing = { expression: { text: 'x', metrics: ['nobody_has_this' as SeriesName] }, legend: 'b' }
    const told = { title: 't', description: 'd', unit: 'count' } as const
    expect(readyPart(stat({ ...told, lines: [missing] }))).toBeUndefined()
    expect(readyPart(stat({ ...told, lines: [missing, ready] }))).toMatchObject({ lines: [ready] })
    const awaited = Object.keys(AWAITED_METRICS)
    expect(expressions.filter(({ expr }) => awaited.some(name => expr.includes(name)))).toEqual([])
  })

  test('rates are taken over $__rate_interval, and every variable is one that its dashboard has', () => {
    for (const { uid, panels, templating } of drawn) {
      const own = (templating?.list ?? []).map(({ name }) => name)
      const used = JSON.stringify(panels).matchAll(/\$(\w+)/g)
      const unknown = [...used].map(([, name = '']) => name).filter(name => !name.startsWith('__'))
      expect(
        unknown.filter(name => !own.includes(name)),
        uid ?? '',
      ).toEqual([])
    }
    expect(expressions.filter(({ expr }) => /\brate\([^[]*\[(?!\$__rate_interval\])/.test(expr))).toEqual([])
  })
})

describe('what Grafana reads', () => {
  test('dashboards have an address of their own, and panels an id of their own', () => {
    expect(new Set(drawn.map(({ uid }) => uid)).size).toBe(drawn.length)
    for (const { uid, panels = [] } of drawn) {
      expect(uid).toMatch(/^howdah-[a-z]+$/)
      const ids = panels.map(({ id }) => id)
      expect(ids).toEqual(ids.map((_, index) => index + 1))
    }
  })

  test('no panel lies upon another or beyond the 24 columns', () => {
    for (const { uid, panels = [] } of drawn) {
      const taken = new Map<string, string>()
      for (const { gridPos, title } of panels) {
        const { x, y, w, h } = gridPos ?? { x: 0, y: 0, w: 0, h: 0 }
        expect(x + w, `${uid} / ${title}`).toBeLessThanOrEqual(24)
        expect(w * h, `${uid} / ${title}`).toBeGreaterThan(0)
        for (let column = x; column < x + w; column++)
          for (let line = y; line < y + h; line++) {
            expect(taken.get(`${column},${line}`), `${uid} / ${title}`).toBeUndefined()
            taken.set(`${column},${line}`, title ?? '')
          }
      }
    }
  })

  test('every panel has a unit, a description, and the data source that its reader chose', () => {
    const source = { type: 'prometheus', uid: `$\{datasource}` }
    for (const { where, panel } of shown) {
      expect(Object.values(UNITS), where).toContain(panel.fieldConfig?.defaults.unit)
      expect(panel.description?.length, where).toBeGreaterThan(15)
      expect(panel.datasource, where).toEqual(source)
      for (const { datasource } of queriesOf(panel)) expect(datasource, where).toEqual(source)
    }
  })

  test('every dashboard leads to all others with time and variables, and marks what happened', () => {
    for (const { uid, links, annotations, templating } of drawn) {
      expect(JSON.stringify({ links, annotations }), 'hidden in a menu').not.toContain('placement')
      expect(links, uid ?? '').toMatchObject([
        { type: 'dashboards', tags: ['howdah'], includeVars: true, keepTime: true },
      ])
      const marks = (annotations?.list ?? []).map(({ name, useValueForTime, expr }) => ({
        name,
        useValueForTime,
        inMilliseconds: expr?.endsWith(' * 1000'),
        changed: /^max by .* \(changes\(.*\[5m\]\)\) > 0$/.test(expr ?? ''),
      }))
      const moments = ['Migrations', 'Failed migrations', 'Restarts']
      expect(marks.map(({ name }) => name)).toEqual([...moments, 'Changed roles', 'Changed settings'])
      for (const mark of marks)
        expect(mark).toMatchObject(
          moments.includes(mark.name ?? '')
            ? { useValueForTime: true, inMilliseconds: true }
            : { useValueForTime: undefined, changed: true },
        )
      const variables = (templating?.list ?? []).map(({ name }) => name)
      expect(variables.slice(0, 3)).toEqual(['datasource', 'job', 'instance'])
      expect(templating?.list?.[0]?.current?.value).toBe(DATASOURCE_UID)
    }
  })
})
