import { describe, expect, test } from 'vitest'
import { alertGroups } from '../../monitoring/rules/alerts/registry.ts'
import type { Alert, Case } from '../../monitoring/rules/rule.ts'
import { catalogue } from '../../runner/metrics/catalogue.ts'
import { gauge } from '../../runner/metrics/exposition/metric.ts'
import type { Snapshot } from '../../runner/metrics/exposition/snapshot.ts'
import { CONDITION_RULES } from '../../runner/metrics/status/conditions/decide.ts'
import { Readings } from '../../runner/metrics/status/readings.ts'
import { parseExposition } from '../harness/exposition.ts'

const alerts = new Map<string, Alert>(
  alertGroups().flatMap(({ alerts }) => alerts.map(alert => [alert.name, alert] as const)),
)

/** The proof of an alert at one moment; `undefined` where it is about how values change. */
function snapshotOf({ series }: Case): Snapshot | undefined {
  const definitions = catalogue()
  const given = Object.entries(series)
  if (given.some(([, value]) => typeof value === 'string')) return undefined
  return parseExposition(given.map(([key, value]) => `${key} ${value}`).join('\n')).map(
    ({ name, labels, value }) => ({
      name,
      definition: definitions[name] ?? gauge('Of Prometheus.'),
      samples: [{ labels, value }],
    }),
  )
}

const cases = CONDITION_RULES.flatMap(rule => {
  const alert = alerts.get(rule.alert)
  if (!alert) return []
  const { fires, also = [], silent } = alert.proof
  const prove = (given: readonly Case[], holds: boolean) =>
    given.flatMap(one => {
      const snapshot = snapshotOf(one)
      return snapshot ? [{ rule, title: JSON.stringify(one.series), snapshot, holds }] : []
    })
  return [...prove([fires, ...also], true), ...prove(silent, false)]
})

test('every condition of the status page is an alert, as severe as that, and each is held against its proof', () => {
  expect(CONDITION_RULES.map(({ alert, severity }) => [alert, severity])).toEqual(
    CONDITION_RULES.map(({ alert }) => [alert, alerts.get(alert)?.severity]),
  )
  for (const holds of [true, false])
    expect(new Set(cases.filter(one => one.holds === holds).map(({ rule }) => rule.alert)).size).toBe(
      CONDITION_RULES.length,
    )
})

test('a milder condition that is left out is an alert too', () => {
  for (const { supersedes } of CONDITION_RULES) if (supersedes) expect(alerts.has(supersedes)).toBe(true)
})

describe('what makes an alert fire is a condition, and what does not is none', () => {
  test.each(cases)('$rule.alert holds: $holds with $title', ({ rule, snapshot, holds }) => {
    expect(rule.find(new Readings(snapshot)).length > 0).toBe(holds)
  })
})
