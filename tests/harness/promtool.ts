import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duration, secondsOf } from '../../monitoring/rules/duration.ts'
import { RECORDING_RULES } from '../../monitoring/rules/recordings.ts'
import type { Alert, FiringCase } from '../../monitoring/rules/rule.ts'
import { ruleFile } from '../../monitoring/rules/rule-file.ts'
import { writeYaml, type YamlValue } from '../../monitoring/rules/write-yaml.ts'

/** An alert, and versions of its rule that are held against its proof at the same time. */
export interface Trial {
  readonly alert: Alert
  /** By the name each goes by here; a name is used once among all trials. */
  readonly versions: Readonly<Record<string, Alert>>
}

const JOB = 'howdah'

/**
 * Holds every version against the proof of its alert, in one run of promtool. Each case is a target of its own, so that a
 * version meets all of them in one evaluation (starting a test costs promtool more than what is in it).
 * Annotations are left out: promtool compares them letter by letter.
 * @returns what promtool found, by the name of the version; a version that passes everything has no entry
 */
export async function tryRules(trials: readonly Trial[]): Promise<Map<string, string>> {
  const files = trials.flatMap(({ alert, versions }) => [
    { versions, annotations: false, tests: testsOf(alert, Object.keys(versions)), step: stepOf(alert) },
  ])
  return findings(await runPromtool(files))
}

/** What every alert says when it fires, by its name: promtool tells it, being told to expect no alert. */
export async function renderedAlerts(alerts: readonly Alert[]): Promise<Map<string, string>> {
  const files = alerts.map(alert => {
    const { fires } = alert.proof
    const groups = [{ instance: 'db', input: fires, firing: false }]
    const test = testOf(alert, [alert.name], groups, atOf(alert, fires), false)
    return { versions: { [alert.name]: alert }, annotations: true, tests: [test], step: stepOf(alert) }
  })
  return findings(await runPromtool(files))
}

interface TestFile {
  readonly versions: Readonly<Record<string, Alert>>
  readonly annotations: boolean
  readonly tests: readonly YamlValue[]
  readonly step: number
}

interface Target {
  readonly instance: string
  readonly input: FiringCase
  readonly firing: boolean
}

function testsOf(alert: Alert, versions: readonly string[]): YamlValue[] {
  const { fires, also = [], silent, noData } = alert.proof
  const targets = [
    ...[fires, ...also].map((input, index) => ({ instance: `fires-${index}`, input, firing: true })),
    ...silent.map((input, index) => ({ instance: `silent-${index}`, input, firing: false })),
    { instance: 'nothing', input: { series: {} }, firing: noData === 'fires' },
  ]
  const together = new Map<string, Target[]>()
  for (const target of targets) {
    // What fires without data is about all targets at once, and sees only one case at a time.
    const key =
      noData === 'fires' ? target.instance : `${atOf(alert, target.input)} ${target.input.interval ?? ''}`
    together.set(key, [...(together.get(key) ?? []), target])
  }
  return [...together.values()].map(group =>
    testOf(alert, versions, group, atOf(alert, group[0]?.input ?? { series: {} }), true),
  )
}

function testOf(
  alert: Alert,
  versions: readonly string[],
  targets: readonly Target[],
  at: Duration,
  early: boolean,
): YamlValue {
  const held = secondsOf(alert.for)
  const begun = secondsOf(alert.proof.fires.from ?? '0s')
  const interval = targets.find(({ input }) => input.interval)?.input.interval ?? (held < 7200 ? '15s' : '2m')
  const scrapes = Math.ceil((secondsOf(at) + 60) / secondsOf(interval))
  const expected = targets.flatMap(({ instance, input, firing }) => {
    const own = input.labels ?? alert.proof.fires.labels
    const labels = { job: JOB, instance, severity: alert.severity, ...own }
    const present = Object.entries(labels).filter(([, value]) => value !== null)
    return firing ? [{ exp_labels: Object.fromEntries(present) as Record<string, string> }] : []
  })
  const asked = [
    { eval_time: at, exp_alerts: expected },
    // Nothing fires before `for` is over.
    ...(early && held > 0 ? [{ eval_time: `${begun + held - stepOf(alert)}s`, exp_alerts: [] }] : []),
  ]
  return {
    interval,
    input_series: targets.flatMap(({ instance, input }) =>
      Object.entries(input.series).map(([key, values]) => ({
        series: withTarget(key, instance),
        values: typeof values === 'number' ? `${values}x${scrapes}` : (values ?? ''),
      })),
    ),
    alert_rule_test: versions.flatMap(alertname => asked.map(ask => ({ ...ask, alertname }))),
  }
}

/** Seconds between evaluations: several within `for`, so that one ten times shorter is noticed. */
function stepOf(alert: Alert): number {
  const held = secondsOf(alert.for)
  return held === 0 ? 15 : Math.min(120, held / 5)
}

/** Two minutes after `for` is over, or sooner where it is short: ten times as long has to be noticed too. */
function atOf(alert: Alert, { at }: FiringCase): Duration {
  const held = secondsOf(alert.for)
  return at ?? (held === 0 ? '1m' : `${held + Math.min(120, held)}s`)
}

function withTarget(key: string, instance: string): string {
  const [, name, inner = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(key) ?? []
  const job = /\bjob=/.test(inner) ? [] : [`job="${JOB}"`]
  return `${name}{${[...(inner ? [inner] : []), ...job, `instance="${instance}"`].join(',')}}`
}

/** Runs promtool once over all files and gives what it printed, errors in their place among the rest. */
async function runPromtool(files: readonly TestFile[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'howdah-promtool-'))
  try {
    const paths: string[] = []
    for (const [index, { versions, annotations, tests, step }] of files.entries()) {
      const alerts = Object.entries(versions).map(([name, alert]) => ({
        ...alert,
        name: name as Alert['name'],
      }))
      const rules = ruleFile({
        groups: [{ name: 'trial', alerts }],
        recordings: RECORDING_RULES,
        runbookUrl: () => undefined,
      })
      const kept = annotations
        ? rules
        : JSON.parse(JSON.stringify(rules), (key, value) => (key === 'annotations' ? {} : value))
      await writeFile(join(folder, `rules-${index}.yaml`), writeYaml(kept))
      const path = join(folder, `trial-${index}.yaml`)
      const input = { rule_files: [`rules-${index}.yaml`], evaluation_interval: `${step}s`, tests }
      await writeFile(path, writeYaml(input))
      paths.push(path)
    }
    await using output = await open(join(folder, 'output'), 'w')
    const child = spawn('promtool', ['test', 'rules', ...paths], { stdio: ['ignore', output.fd, output.fd] })
    await once(child, 'close')
    const printed = await readFile(join(folder, 'output'), 'utf8')
    const ran = printed.match(/^Unit Testing:/gm)?.length
    if (ran !== files.length) throw new Error(`promtool ran ${ran} of ${files.length} files:\n${printed}`)
    return printed
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** `alertname: X, time: 2m, exp:[…], got:[…]` for each alert that was not as expected; anything else is an error. */
function findings(printed: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const part of printed.split(/^(?=Unit Testing:)/m)) {
    const failures = part.split(/^\s*(?=alertname: )/m).slice(1)
    if (!/^\s*SUCCESS/m.test(part) && failures.length === 0 && part.trim() !== '') throw new Error(part)
    for (const failure of failures) {
      const name = /^alertname: ([^,]+),/.exec(failure)?.[1] ?? failure
      found.set(name, `${found.get(name) ?? ''}${failure}`)
    }
  }
  return found
}
