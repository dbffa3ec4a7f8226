import { alertGroups } from '../rules/alerts/registry.ts'
import type { Alert, Severity } from '../rules/rule.ts'
import { THRESHOLDS, type ThresholdName } from '../rules/thresholds.ts'

/**
 * The alert that a panel belongs to. `at` is the limit of its rule that is drawn: by its name in the table, or the 0 or 1
 * that a rule without a limit compares with, `is 0` where it compares with 0 in other ways, too. Absent: the panel shows what
 * the alert is about in other terms.
 */
export interface Limit {
  readonly alert: string
  readonly at?: ThresholdName | 0 | 1 | 'is 0'
}

type Operator = '>' | '>=' | '<' | '=='

/** A limit as the rule of its alert has it. */
export interface FoundLimit {
  readonly alert: Alert
  readonly drawn?: { readonly operator: Operator; readonly value: number }
}

/** From this value on a panel has this colour; `null` is its colour below all others. */
export interface Step {
  readonly value: number | null
  readonly color: string
}

const COLOURS: Readonly<Record<Severity, string>> = {
  critical: 'red',
  warning: 'orange',
  info: 'blue',
  none: 'green',
}

/**
 * The alert and its limit; `undefined` when there is no alert of that name (a test says so).
 * @throws when the rule compares with nothing of the kind, or with it in several ways: the panel would draw a limit of its own
 */
export function findLimit({ alert: name, at }: Limit): FoundLimit | undefined {
  const alert = alertGroups()
    .flatMap(({ alerts }) => alerts)
    .find(one => one.name === name)
  if (!alert || at === undefined) return alert && { alert }
  const value = at === 'is 0' ? 0 : typeof at === 'number' ? at : THRESHOLDS[at].value
  const comparisons = alert.expression.text.matchAll(/ (>=?|<|==) (\d+(?:\.\d+)?)(?![\w.])/g)
  const operators = new Set(
    [...comparisons].flatMap(([, operator, number]) =>
      Number(number) === value ? (operator as Operator) : [],
    ),
  )
  const [operator, another] = at === 'is 0' ? [...operators].filter(one => one === '==') : operators
  if (operator === undefined || another !== undefined)
    throw new Error(`${name} does not compare with ${at}, or in several ways: ${alert.expression.text}`)
  return { alert, drawn: { operator, value } }
}

/** The colours of a panel with these limits. */
export function stepsOf(limits: readonly FoundLimit[]): readonly Step[] {
  let below = 'green'
  const steps: Step[] = []
  for (const { alert, drawn } of limits) {
    if (!drawn) continue
    const { operator, value } = drawn
    const color = COLOURS[alert.severity]
    if (operator === '<' || (operator === '==' && value === 0)) {
      below = color
      steps.push({ value: operator === '<' ? value : 1, color: 'green' })
    } else {
      // Whatever is compared with 0 is counted in whole numbers.
      steps.push({ value: operator === '>' && value === 0 ? 1 : value, color })
    }
  }
  return [{ value: null, color: below }, ...steps.sort((a, b) => (a.value ?? 0) - (b.value ?? 0))]
}

/** `PgConnectionsHigh (warning, > 0.8 for 5m)`. */
export function describeLimit({ alert, drawn }: FoundLimit): string {
  const held = alert.for === '0s' ? '' : ` for ${alert.for}`
  const limit = drawn ? `, ${drawn.operator} ${drawn.value}${held}` : ''
  return `${alert.name} (${alert.severity}${limit})`
}
