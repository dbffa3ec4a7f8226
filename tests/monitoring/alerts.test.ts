import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { alertGroups } from '../../monitoring/rules/alerts/registry.ts'
import { type Duration, secondsOf } from '../../monitoring/rules/duration.ts'
import type { Alert } from '../../monitoring/rules/rule.ts'
import { THRESHOLDS, type ThresholdName } from '../../monitoring/rules/thresholds.ts'
import { renderedAlerts, tryRules } from '../harness/promtool.ts'

const onPath = spawnSync('promtool', ['--version']).status === 0
const alerts = alertGroups().flatMap(group => group.alerts)
const names = Object.keys(THRESHOLDS) as ThresholdName[]
const FACTORS = { x10: 10, tenth: 0.1 } as const
type Factor = keyof typeof FACTORS

/** The versions of an alert that are wrong in one number, tenfold. */
function wrongVersions(index: number, alert: Alert): Record<string, Alert> {
  const wrong: Record<string, Alert> = {}
  for (const factor of Object.keys(FACTORS) as Factor[]) {
    for (const name of names) {
      const value = THRESHOLDS[name].value * FACTORS[factor]
      const others = alertGroups({ ...THRESHOLDS, [name]: { ...THRESHOLDS[name], value } })
      const version = others.flatMap(group => group.alerts)[index]
      if (version && version.expression.text !== alert.expression.text)
        wrong[`${alert.name}__${name}_${factor}`] = version
    }
    const held: Duration = `${Math.ceil(secondsOf(alert.for) * FACTORS[factor])}s`
    if (alert.for !== '0s') wrong[`${alert.name}__for_${factor}`] = { ...alert, for: held }
  }
  return wrong
}

describe.skipIf(!onPath)('promtool (needs promtool: apt-get install prometheus)', () => {
  const wrong = alerts.map((alert, index) => wrongVersions(index, alert))
  const wrongNames = wrong.flatMap(Object.keys)

  test('every alert fires when it should, not before and not otherwise; one tenfold wrong in a number does not pass', async () => {
    const found = await tryRules(
      alerts.map((alert, index) => ({ alert, versions: { [alert.name]: alert, ...wrong[index] } })),
    )
    expect(alerts.flatMap(({ name }) => found.get(name) ?? [])).toEqual([])
    expect(wrongNames.filter(name => !found.has(name))).toEqual([])
  })

  test('every threshold is a number of some alert', () => {
    const unused = names.filter(name => !wrongNames.some(version => version.includes(`__${name}_`)))
    expect(unused).toEqual([])
  })

  test('summaries and descriptions render, with a value for every label they name', async () => {
    const shown = await renderedAlerts(alerts)
    expect([...shown.keys()].sort()).toEqual(alerts.map(({ name }) => name).sort())
    for (const { name, summary, description, proof } of alerts) {
      expect(shown.get(name), name).not.toMatch(/error expanding|<no value>|%!|\bNaN\b/)
      const kept = ['job', 'instance', 'severity', ...Object.keys(proof.fires.labels ?? {})]
      for (const [, label] of `${summary} ${description}`.matchAll(/\$labels\.(\w+)/g))
        expect(kept, name).toContain(label)
    }
  })
})
