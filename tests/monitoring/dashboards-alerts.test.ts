import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { dashboardPaths } from '../../monitoring/dashboards/dashboard-of-alert.ts'
import { readyRows } from '../../monitoring/dashboards/draw-dashboard.ts'
import { findLimit, stepsOf } from '../../monitoring/dashboards/limit.ts'
import { limitsOf } from '../../monitoring/dashboards/panel.ts'
import { dashboards } from '../../monitoring/dashboards/registry.ts'
import { alertGroups } from '../../monitoring/rules/alerts/registry.ts'
import type { SeriesName } from '../../monitoring/rules/expression.ts'
import { THRESHOLDS } from '../../monitoring/rules/thresholds.ts'
import { committed, shown } from './committed-dashboards.ts'

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { alert?: string; expr: string }[] }[]
}

const alerts = alertGroups().flatMap(group => group.alerts)

describe('panels and their alerts', () => {
  const rules = parse(committed('monitoring/rules/howdah.yaml')) as RuleFile
  const ruleOf = (name: string) =>
    rules.groups.flatMap(group => group.rules).find(({ alert }) => alert === name)?.expr ?? ''
  const named = (text: string) =>
    [...text.matchAll(/\b((?:Pg|Runner|Watchdog)\w*) \(/g)].map(match => match[1] ?? '')

  /** Steps of the panel and of its columns, without the first, which is the colour of what is right. */
  const stepsIn = ({ fieldConfig }: Panel): number[] => {
    const overridden = (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
      properties.flatMap(({ id, value }) => (id === 'thresholds' ? [value] : [])),
    )
    return [fieldConfig?.defaults.thresholds, ...overridden].flatMap(thresholds =>
      ((thresholds as { steps: { value: number | null }[] } | undefined)?.steps ?? []).flatMap(
        ({ value }) => value ?? [],
      ),
    )
  }

  test('every step that a panel draws is a number in the rule of an alert that its description names', () => {
    let steps = 0
    for (const { where, panel } of shown) {
      const rulesNamed = named(panel.description ?? '').map(ruleOf)
      expect(rulesNamed, where).not.toContain('')
      const numbers = rulesNamed.flatMap(rule =>
        [...rule.matchAll(/ (>=?|<|==) ([\d.]+)/g)].flatMap(([, operator, number]) =>
          // Counts beyond 0 are coloured from 1 on, and what is 0 up to there.
          Number(number) === 0 && operator !== '<' ? [1] : [Number(number)],
        ),
      )
      for (const step of stepsIn(panel)) {
        expect(numbers, where).toContain(step)
        steps += 1
      }
    }
    expect(steps).toBeGreaterThan(50)
  })

  test('every limit that is drawn is of a metric that the rule asks for too', () => {
    for (const dashboard of dashboards())
      for (const { panels } of readyRows(dashboard))
        for (const panel of panels) {
          const parts = panel.kind === 'table' ? panel.columns.map(column => [column]) : [panel.lines]
          for (const [index, part] of parts.entries()) {
            const limits = panel.kind === 'table' ? (panel.columns[index]?.limits ?? []) : panel.limits
            const metrics = part.flatMap(({ expression }) => expression.metrics)
            for (const limit of limits.filter(({ at }) => at !== undefined))
              expect(metrics, `${dashboard.uid} / ${panel.title} / ${limit.alert}`).toEqual(
                expect.arrayContaining([
                  expect.toSatisfy(
                    (name: SeriesName) => findLimit(limit)?.alert.expression.metrics.includes(name) === true,
                  ),
                ]),
              )
          }
        }
  })

  test('every alert has a panel, every alert that a panel names exists, and dashboard_url leads there', () => {
    const limits = dashboards().flatMap(dashboard =>
      readyRows(dashboard).flatMap(({ panels }) => panels.flatMap(limitsOf)),
    )
    const names = alerts.map(({ name }) => name as string)
    const paths = dashboardPaths()
    expect(limits.map(({ alert }) => alert).filter(name => !names.includes(name))).toEqual([])
    const ready = names.filter(name => ruleOf(name) !== '')
    expect(ready.filter(name => !paths.has(name))).toEqual([])
    for (const name of ready) {
      const uid = paths.get(name)?.replace('/d/', '')
      const panels = shown.filter(({ where }) => where.startsWith(`${uid} / `))
      expect(panels.flatMap(({ panel }) => named(panel.description ?? ''))).toContain(name)
    }
  })

  test('the limit moves with the rule; what the rule does not compare with cannot be drawn', () => {
    const steps = (at: 'connectionsHigh' | 'connectionsExhausted', alert: string) =>
      stepsOf([findLimit({ alert, at })].flatMap(found => found ?? []))
    expect(steps('connectionsHigh', 'PgConnectionsHigh')).toEqual([
      { value: null, color: 'green' },
      { value: THRESHOLDS.connectionsHigh.value, color: 'orange' },
    ])
    expect(() => steps('connectionsExhausted', 'PgConnectionsHigh')).toThrow(/does not compare with/)
    // A backup that failed is 0, and one more failure is more than 0: the colours would be each other's opposite.
    expect(() => findLimit({ alert: 'PgBackupFailed', at: 0 })).toThrow(/several ways/)
    expect(
      stepsOf([findLimit({ alert: 'PgBackupFailed', at: 'is 0' })].flatMap(found => found ?? [])),
    ).toEqual([
      { value: null, color: 'red' },
      { value: 1, color: 'green' },
    ])
    expect(stepsOf([findLimit({ alert: 'PgUp0' })].flatMap(found => found ?? []))).toHaveLength(1)
    expect(
      stepsOf([findLimit({ alert: 'PgCacheHitRatioLow', at: 'cacheHitRatio' })].flatMap(f => f ?? [])),
    ).toEqual([
      { value: null, color: 'blue' },
      { value: THRESHOLDS.cacheHitRatio.value, color: 'green' },
    ])
  })
})
